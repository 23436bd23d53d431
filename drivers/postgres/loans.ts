import type { Demand, Receipt, Reservation, Reserved } from '../../src/contract/index.ts'
import { jobOf, unwire } from './codec.ts'

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

type Taken = [
  n: number,
  q: number,
  ord: number,
  attempts: number,
  crashes: number,
  waitedMs: number,
  enqueuedAtMs: number,
  rank: number,
  id: string,
  name: string,
  group: string | null,
  extra: string | null,
  body: string,
]

/** The answer of the function `reserve`. */
export interface Reply {
  /** The number of each queue of the demand, in its order; null for one that nobody has named yet. */
  qs: (number | null)[]
  loan?: number
  jobs: Taken[]
  broken: string[]
  /** Where there was nothing: the server's clock, and when time alone may bring something. */
  now?: number
  wake?: number | null
}

export function reservedOf(reply: Reply, s: number, demand: readonly Demand[]): Reserved {
  const queueOf = (q: number): string => demand[reply.qs.indexOf(q)]!.queue
  return {
    jobs: reply.jobs.map((taken): Reservation => {
      const [n, q, , attempts, crashes, waitedMs, enqueuedAtMs, rank, id, name, group, extra, body] = taken
      return {
        receipt: receiptOf({ s, loan: reply.loan!, n, q }),
        job: jobOf(id, queueOf(q), name, rank, group, extra, body),
        attempts,
        crashes,
        enqueuedAtMs,
        waitedMs,
      }
    }),
    broken: reply.broken.map(unwire),
  }
}
