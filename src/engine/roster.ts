import type { Receipt } from '../contract/verdict.ts'
import type { Attempt } from './attempt.ts'

/** Which attempts run now, and how many of each queue. */
export class Roster {
  readonly #byReceipt = new Map<Receipt, Attempt>()
  readonly #byQueue = new Map<string, number>()
  #whenEmpty: (() => void)[] = []

  get size(): number {
    return this.#byReceipt.size
  }

  add(attempt: Attempt): void {
    const { receipt, job } = attempt.fiber.loan
    this.#byReceipt.set(receipt, attempt)
    this.#count(job.queue, 1)
  }

  remove(attempt: Attempt): void {
    const { receipt, job } = attempt.fiber.loan
    if (!this.#byReceipt.delete(receipt)) return
    this.#count(job.queue, -1)
    if (this.size === 0) for (const wake of this.#whenEmpty.splice(0)) wake()
  }

  find(receipt: Receipt): Attempt | undefined {
    return this.#byReceipt.get(receipt)
  }

  running(queue: string): number {
    return this.#byQueue.get(queue) ?? 0
  }

  attempts(): MapIterator<Attempt> {
    return this.#byReceipt.values()
  }

  receipts(): Receipt[] {
    return [...this.#byReceipt.keys()]
  }

  /** Resolves when nothing runs. */
  empty(): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  #count(queue: string, by: number): void {
    this.#byQueue.set(queue, (this.#byQueue.get(queue) ?? 0) + by)
  }
}
