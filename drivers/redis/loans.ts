import type { Receipt, StoredJob } from '../../src/contract/index.ts'

/** What one reserve took from one queue. */
export interface Loan {
  number: number
  /** As it stands in Redis. */
  queue: string
  startedAtMs: string
}

/** One job on loan: what the scripts must be told of it, so that they need not look it up. */
export interface Loaned {
  loan: Loan
  place: number
  /** Its id as it stands in Redis. */
  wireId: string
  job: StoredJob
  attempts: number
  crashes: number
  /** The settle that named it last: twice in one settle is once too often. */
  named?: object
}

/** Of a receipt: the session, its loan, and the place in it. */
export interface Place {
  session: string
  loan: number
  place: number
}

export function receiptOf(session: string, loan: number, place: number): Receipt {
  return `${session}.${loan}.${place}` as Receipt
}

/** Anything may come back as a receipt; what is none has no place. */
export function placeOf(receipt: Receipt): Place {
  const last = receipt.lastIndexOf('.')
  const first = receipt.lastIndexOf('.', last - 1)
  const [loan, place] = [Number(receipt.slice(first + 1, last)), Number(receipt.slice(last + 1))]
  const sound = first > 0 && Number.isSafeInteger(loan) && Number.isSafeInteger(place) && place >= 0
  return sound ? { session: receipt.slice(0, first), loan, place } : { session: '', loan: 0, place: 0 }
}

/** What this session has on loan. A receipt that is not here is of another one, or worth nothing any more. */
export type Loans = Map<Receipt, Loaned>
