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

interface Book {
  jobs: (Loaned | undefined)[]
  left: number
}

/**
 * What this session has on loan, loan by loan. A receipt that is not here is of another one, or worth nothing any more. No `Map` of
 * receipts: `src/engine/roster.ts` tells why.
 */
export class Loans {
  readonly #session: string
  readonly #books = new Map<number, Book>()

  constructor(session: string) {
    this.#session = session
  }

  add(loaned: Loaned): void {
    const { loan, place } = loaned
    let book = this.#books.get(loan.number)
    if (book === undefined) this.#books.set(loan.number, (book = { jobs: [], left: 0 }))
    // Asked again, the same call brings the same loan.
    if (book.jobs[place] === undefined) book.left++
    book.jobs[place] = loaned
  }

  get(receipt: Receipt): Loaned | undefined {
    const { session, loan, place } = placeOf(receipt)
    return session === this.#session ? this.#books.get(loan)?.jobs[place] : undefined
  }

  drop({ loan: { number }, place }: Loaned): void {
    const book = this.#books.get(number)
    if (book?.jobs[place] === undefined) return
    book.jobs[place] = undefined
    if (--book.left === 0) this.#books.delete(number)
  }

  /** Those that are not among the known ones are forgotten. */
  keep(known: readonly Receipt[]): void {
    const kept = new Set(known.map((receipt) => this.get(receipt)))
    for (const { jobs } of [...this.#books.values()]) {
      for (const loaned of jobs) if (loaned !== undefined && !kept.has(loaned)) this.drop(loaned)
    }
  }
}
