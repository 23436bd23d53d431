import type { Receipt } from '../../src/contract/index.ts'
import type { Opened } from './codec.ts'

/** One job on loan: what the scripts must be told of it, so that they need not look it up. */
export interface Loan {
  /** Of its stream, as it stands in Redis. */
  queue: string
  /** The entry's id: an entry is lent once, so that this is the number of the loan. */
  entry: string
  /** The job's id and unique key as they stand in Redis. */
  id: string
  key: string | undefined
  startedAtMs: number
  /** With the attempt that runs counted. */
  opened: Opened
}

export interface Loaned extends Loan {
  receipt: Receipt
  slot: number
  /** Rises with each loan: mostly in the order of the entries. */
  turn: number
  /** The settle that named it last: twice in one settle is once too often. */
  named?: object
}

/** Of a receipt: whose it is, and the loan as the scripts know it. */
export interface Place {
  session: string
  /** `entry queue`. */
  loan: string
}

const shape = /^\d+ (\S+) (\d+-\d+ .*)$/s

/** Anything may come back as a receipt; what is none has no place. */
export function placeOf(receipt: Receipt): Place {
  const [, session = '', loan = '0-0 '] = shape.exec(receipt) ?? []
  return { session, loan }
}

/**
 * What this session has on loan. A receipt that is not here is of another one, or worth nothing any more. Loans stand in slots that are
 * used again: `src/engine/roster.ts` tells why there is no `Map` of them.
 */
export class Loans {
  readonly #session: string
  readonly #slots: (Loaned | undefined)[] = []
  readonly #free: number[] = []
  #turns = 0

  constructor(session: string) {
    this.#session = session
  }

  /** The receipt of a new loan. With `again` it may have been told before: then it is the same. */
  add(loan: Loan, again: boolean): Receipt {
    const { entry, queue } = loan
    const known = again ? this.#find(entry, queue) : undefined
    if (known !== undefined) return known.receipt
    const slot = this.#free.pop() ?? this.#slots.length
    const receipt = `${slot} ${this.#session} ${entry} ${queue}` as Receipt
    this.#slots[slot] = { ...loan, receipt, slot, turn: ++this.#turns }
    return receipt
  }

  get(receipt: Receipt): Loaned | undefined {
    const loaned = this.#slots[Number.parseInt(receipt, 10)]
    return loaned?.receipt === receipt ? loaned : undefined
  }

  /** Of a loan as the scripts name it: `entry queue`. */
  receiptOf(loan: string): Receipt | undefined {
    return this.#slots.find((loaned) => loaned !== undefined && `${loaned.entry} ${loaned.queue}` === loan)?.receipt
  }

  drop({ slot, receipt }: Loaned): void {
    if (this.#slots[slot]?.receipt !== receipt) return
    this.#slots[slot] = undefined
    this.#free.push(slot)
  }

  /** Those that are not among the known ones are forgotten. */
  keep(known: readonly Receipt[]): void {
    const kept = new Set(known.map((receipt) => this.get(receipt)))
    for (const loaned of this.#slots) if (loaned !== undefined && !kept.has(loaned)) this.drop(loaned)
  }

  #find(entry: string, queue: string): Loaned | undefined {
    return this.#slots.find((loaned) => loaned?.entry === entry && loaned.queue === queue)
  }
}
