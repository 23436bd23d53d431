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
  readonly receipt: Receipt
}

/** What this session has handed out. */
export class Loans {
  readonly #mark: string
  readonly #byReceipt = new Map<Receipt, Loan>()
  #count = 0

  /** `mark` tells this session's receipts from all others. */
  constructor(mark: string) {
    this.#mark = mark
  }

  get size(): number {
    return this.#byReceipt.size
  }

  lend(delivery: Delivery): Loan {
    const receipt = `${this.#mark}:${++this.#count}` as Receipt
    const loan: Loan = { ...delivery, receipt }
    this.#byReceipt.set(receipt, loan)
    return loan
  }

  find(receipt: Receipt): Loan | undefined {
    return this.#byReceipt.get(receipt)
  }

  remove(receipt: Receipt): void {
    this.#byReceipt.delete(receipt)
  }

  all(): Loan[] {
    return [...this.#byReceipt.values()]
  }

  of(queue: string): number {
    let count = 0
    for (const { parcel } of this.#byReceipt.values()) if (parcel.job.queue === queue) count++
    return count
  }

  /** The lane is gone, and what was open on it is the broker's again. Answers the loans among it. */
  removeOn(lane: Lane): Loan[] {
    const gone = this.all().filter((loan) => loan.lane === lane)
    for (const { receipt } of gone) this.remove(receipt)
    return gone
  }
}
