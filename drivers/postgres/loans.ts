import type { Demand, Receipt, Reservation, Reserved } from '../../src/contract/index.ts'
import { jobOf, parting } from './codec.ts'

/** What a receipt says. The fence is (s, n, loan), compared in the database; q saves looking it up. */
export interface Loaned {
  s: number
  loan: number
  n: number
  q: number
}

export const receiptOf = ({ s, loan, n, q }: Loaned): Receipt => `${s}.${loan}.${n}.${q}` as Receipt

/** Undefined for what no driver of ours has written. */
export function loanedOf(receipt: Receipt): Loaned | undefined {
  const [s = 0, loan = 0, n = 0, q = 0] = receipt.split('.').map(Number)
  const isOurs = [s, loan, n, q].every((number) => Number.isSafeInteger(number) && number > 0)
  return isOurs ? { s, loan, n, q } : undefined
}

/** What the function `reserve` says before the jobs. */
export interface Reply {
  /** The number of each queue of the demand, in its order; null for one that nobody has named yet. */
  qs: (number | null)[]
  loan?: number
  broken?: number[]
  /** Where no more is there: the server's clock, and when time alone may bring something. */
  now?: number
  wake?: number | null
}

/** The answer of `reserve`: JSON, and behind it a block of jobs for each queue (sql/functions/05-reserve.sql tells the fields). */
export function reservedOf(answer: string, s: number, demand: readonly Demand[]): { reserved: Reserved; reply: Reply } {
  const [head = '', ...blocks] = answer.split(parting.block)
  const reply = JSON.parse(head) as Reply
  const jobs = blocks.flatMap((block) => {
    const q = Number(block.slice(0, block.indexOf(parting.field)))
    return jobsOf(block.split(parting.field), { s, loan: reply.loan!, q }, demand[reply.qs.indexOf(q)]!.queue)
  })
  return { reserved: { jobs, broken: (reply.broken ?? []).map(String) }, reply }
}

function jobsOf(fields: string[], { s, loan, q }: Omit<Loaned, 'n'>, queue: string): Reservation[] {
  const [ns, attempts, crashes, waited, ats, ranks] = fields.slice(1, 7).map((field) => field.split(','))
  const [ids, names, groups, extras, bodies] = fields.slice(7).map((field) => field.split(parting.text))
  return ns!.map((n, i) => ({
    receipt: `${s}.${loan}.${n}.${q}` as Receipt,
    job: jobOf(
      ids![i]!,
      queue,
      names![i]!,
      Number(ranks![i]),
      groups![i] === '' ? null : groups![i]!.slice(1),
      extras![i] === '' ? null : extras![i]!,
      bodies![i]!,
    ),
    attempts: Number(attempts![i]),
    crashes: Number(crashes![i]),
    enqueuedAtMs: Number(ats![i]),
    waitedMs: Number(waited![i]),
  }))
}
