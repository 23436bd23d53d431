import { type Call, isFiberWorkError, type Reservation, type Reserved } from '../../src/contract/index.ts'
import { type Opened, openMore, openRecord, readyAtMs, unwire } from './codec.ts'
import { type Loan, type Loans, receiptOf } from './loans.ts'

type LoanReply = [
  number: number,
  queue: string,
  startedAt: string,
  ids: string,
  records: (string | null)[],
  more: (string | null)[],
]

/** What `scripts/reserve.lua` answers: the time, broken ids, the ms until time alone may bring something, and how many wait for it. */
export type ReserveReply = [now: string, broken: string[], wakeInMs: string, waiters: number, ...loans: LoanReply[]]

/** What `scripts/lib/hand-over.lua` puts behind the session: the answer to a reserve that waits. */
type Handed = [lane: number, seq: number, startedAt: string, loan: LoanReply]

/** Loans that were handed over by the bell, the newest of each lane, until the reserve that waits for them takes them. */
export class HandedOver {
  readonly #loans = new Map<number, Handed>()

  add(said: string): void {
    const handed = JSON.parse(said) as Handed
    this.#loans.set(handed[0], handed)
  }

  /** The answer to this call, in the form of the script's own. */
  take({ lane, seq }: Call): ReserveReply | undefined {
    const handed = this.#loans.get(lane)
    if (handed === undefined) return undefined
    this.#loans.delete(lane)
    return handed[1] === seq ? [handed[2], [], '', 0, handed[3]] : undefined
  }
}

export function reservedOf(session: string, loans: Loans, reply: ReserveReply): Reserved {
  const jobs: Reservation[] = []
  const broken = reply[1].map(unwire)
  for (let i = 4; i < reply.length; i++) openLoan(session, loans, reply[i] as LoanReply, jobs, broken)
  return { jobs, broken }
}

function openLoan(session: string, loans: Loans, reply: LoanReply, jobs: Reservation[], broken: string[]): void {
  const [number, queue, startedAt, text, records, more] = reply
  const ids = text.split('\n')
  const startedAtMs = Number(startedAt)
  const loan: Loan = { number, queue, startedAtMs: startedAt }
  for (let place = 0; place < ids.length; place++) {
    const record = records[place]
    // The client keeps answers for a while longer: V8 would take the records of all jobs for long-lived ones.
    records[place] = null
    const wireId = ids[place]!
    // Without a record: asked again after the answer was cut off, and evicted meanwhile.
    const opened = typeof record === 'string' ? openSound(unwire(wireId), record) : undefined
    if (opened === undefined) {
      broken.push(unwire(wireId))
      continue
    }
    const { job, enqueuedAtMs } = opened
    const before = openMore(more[place])
    const [attempts, crashes] = [before.attempts + 1, before.crashes]
    const receipt = receiptOf(session, number, place)
    const waitedMs = Math.max(0, startedAtMs - readyAtMs(opened, before))
    loans.add({ loan, place, wireId, job, attempts, crashes })
    jobs.push({ receipt, job, attempts, crashes, enqueuedAtMs, waitedMs })
  }
}

/** Undefined for what somebody else has put in our place: it stays on loan, and never comes to a worker. */
function openSound(id: string, record: string): Opened | undefined {
  try {
    return openRecord(id, record)
  } catch (error) {
    if (isFiberWorkError(error)) return undefined
    throw error
  }
}
