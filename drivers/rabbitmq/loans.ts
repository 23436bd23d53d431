import type { Receipt } from '../../src/contract/index.ts'
import type { Lane } from './lane.ts'
import type { Parcel } from './wire.ts'

/** One delivery that is not acknowledged: prefetched, or on loan. */
export interface Delivery {
  parcel: Parcel
  lane: Lane
  tag: number
  arrivedMonoMs: number
}

export interface Loan extends Delivery {
  readonly number: number
  readonly receipt: Receipt
}

/** What this session has handed out. */
export class Loans {
  readonly #mark: string
  readonly #byNumber = new Map<number, Loan>()
  #count = 0

  /** `mark` tells this session's receipts from all others. */
  constructor(mark: string) {
    this.#mark = mark
  }

  get size(): number {
    return this.#byNumber.size
  }

  lend(delivery: Delivery): Loan {
    const number = ++this.#count
    const { parcel, lane, tag, arrivedMonoMs } = delivery
    // The number comes first: a loan is found by it sooner than by a long text.
    const loan: Loan = { number, parcel, lane, tag, arrivedMonoMs, receipt: `${number}:${this.#mark}` as Receipt }
    this.#byNumber.set(number, loan)
    return loan
  }

  find(receipt: Receipt): Loan | undefined {
    const loan = this.#byNumber.get(numberOf(receipt))
    return loan?.receipt === receipt ? loan : undefined
  }

  /** False where it has gone already. */
  remove({ number }: Loan): boolean {
    return this.#byNumber.delete(number)
  }

  all(): Loan[] {
    return [...this.#byNumber.values()]
  }

  of(queue: string): number {
    let count = 0
    for (const { parcel } of this.#byNumber.values()) if (parcel.job.queue === queue) count++
    return count
  }

  /** The lane is gone, and what was open on it is the broker's again. Answers the loans among it. */
  removeOn(lane: Lane): Loan[] {
    const gone = this.all().filter((loan) => loan.lane === lane)
    for (const loan of gone) this.remove(loan)
    return gone
  }
}

const numberOf = (receipt: Receipt): number => Number.parseInt(receipt, 10)
