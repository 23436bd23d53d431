import type { Receipt } from '../../src/contract/index.ts'

/** One job on loan: what the scripts must be told of it, so that they need not look it up. */
export interface Loaned {
  /** Of its stream, as it stands in Redis. */
  queue: string
  /** The entry's id: an entry is lent once, so that this is the number of the loan. */
  entry: string
  /** The job's id and unique key as they stand in Redis. */
  id: string
  key: string | undefined
  startedAtMs: number
  /** The settle that named it last: twice in one settle is once too often. */
  named?: object
}

/** Of a receipt: whose it is, the loan, and where we look for it. */
export interface Place {
  session: string
  entry: string
  /** The first entry of the batch with which it came, and its place there. */
  first: string
  place: number
  queue: string
}

export function receiptOf({ session, entry, first, place, queue }: Place): Receipt {
  return `${session} ${entry} ${first} ${place} ${queue}` as Receipt
}

const shape = /^(\S+) (\d+-\d+) (\d+-\d+) (\d+) (.*)$/s
const nowhere: Place = { session: '', entry: '', first: '', place: 0, queue: '' }

/** Anything may come back as a receipt; what is none has no place. */
export function placeOf(receipt: Receipt): Place {
  const match = shape.exec(receipt)
  if (match === null) return nowhere
  const [, session = '', entry = '', first = '', place = '', queue = ''] = match
  return { session, entry, first, place: Number(place), queue }
}

/** As the scripts know a loan of a session: `entry queue`. */
export function loanIn(receipt: Receipt): string {
  const { entry, queue } = placeOf(receipt)
  return `${entry} ${queue}`
}

interface Book {
  loans: (Loaned | undefined)[]
  left: number
}

/**
 * What this session has on loan, batch by batch. A receipt that is not here is of another one, or worth nothing any more. No `Map` of
 * receipts: `src/engine/roster.ts` tells why.
 */
export class Loans {
  readonly #session: string
  readonly #books = new Map<string, Book>()

  constructor(session: string) {
    this.#session = session
  }

  /** The receipt of a loan, the `place`th of those that came with `first`. */
  add(loaned: Loaned, first: string, place: number): Receipt {
    const { entry, queue } = loaned
    const name = `${first} ${queue}`
    let book = this.#books.get(name)
    if (book === undefined) this.#books.set(name, (book = { loans: [], left: 0 }))
    // Asked again, the same call brings the same loans.
    if (book.loans[place] === undefined) book.left++
    book.loans[place] = loaned
    return receiptOf({ session: this.#session, entry, first, place, queue })
  }

  get(receipt: Receipt): Loaned | undefined {
    const { session, entry, first, place, queue } = placeOf(receipt)
    if (session !== this.#session) return undefined
    const loaned = this.#books.get(`${first} ${queue}`)?.loans[place]
    return loaned?.entry === entry ? loaned : undefined
  }

  /** Of a loan as the scripts name it: `entry queue`. */
  receiptOf(loan: string): Receipt | undefined {
    for (const [name, { loans }] of this.#books) {
      const place = loans.findIndex((loaned) => loaned !== undefined && `${loaned.entry} ${loaned.queue}` === loan)
      const loaned = loans[place]
      if (loaned === undefined) continue
      const first = name.slice(0, name.indexOf(' '))
      return receiptOf({ session: this.#session, entry: loaned.entry, first, place, queue: loaned.queue })
    }
    return undefined
  }

  drop(receipt: Receipt): void {
    const { first, place, queue } = placeOf(receipt)
    const name = `${first} ${queue}`
    const book = this.#books.get(name)
    if (book?.loans[place] === undefined) return
    book.loans[place] = undefined
    if (--book.left === 0) this.#books.delete(name)
  }

  /** Those that are not among the known ones are forgotten. */
  keep(known: readonly Receipt[]): void {
    const kept = new Set(known.map((receipt) => this.get(receipt)))
    for (const [name, book] of [...this.#books]) {
      book.loans = book.loans.map((loaned) => (kept.has(loaned) ? loaned : undefined))
      book.left = book.loans.filter((loaned) => loaned !== undefined).length
      if (book.left === 0) this.#books.delete(name)
    }
  }
}
