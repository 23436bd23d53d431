import type { Receipt, Verdict } from '../contract/verdict.ts'
import type { Attempt } from './attempt.ts'
import type { Fiber } from '../sandbox/fiber.ts'

/**
 * Which attempts run now, and how many of each queue. They stand in slots that are used again: a `Map` that jobs enter and leave
 * is made anew every thousand of them, the old ones lead to the next, and all their jobs stay until V8 looks through its old space.
 */
export class Roster {
  readonly #slots: (Attempt | undefined)[] = []
  readonly #free: number[] = []
  readonly #byQueue = new Map<string, number>()
  #size = 0
  #written = 0
  #whenEmpty: (() => void)[] = []

  get size(): number {
    return this.#size
  }

  add(attempt: Attempt): void {
    const slot = this.#free.pop() ?? this.#slots.length
    attempt.fiber.slot = slot
    this.#slots[slot] = attempt
    this.#size++
    this.#count(attempt.fiber.loan.job.queue, 1)
  }

  remove({ fiber }: Attempt): void {
    if (this.of(fiber) === undefined) return
    this.#slots[fiber.slot] = undefined
    this.#free.push(fiber.slot)
    this.#size--
    if (fiber.written !== undefined) this.#written--
    this.#count(fiber.loan.job.queue, -1)
    if (this.#size === 0) for (const wake of this.#whenEmpty.splice(0)) wake()
  }

  /** Those that still are on loan: what has committed itself runs to its end, and the store knows no more of it. */
  get onLoan(): number {
    return this.#size - this.#written
  }

  /** Its verdict is written before its end. */
  wrote(fiber: Fiber, verdict: Verdict | undefined): void {
    if (this.of(fiber) !== undefined && fiber.written === undefined) this.#written++
    fiber.written ??= { verdict }
  }

  /** The attempt of this fiber, while it runs. */
  of(fiber: Fiber): Attempt | undefined {
    const attempt = this.#slots[fiber.slot]
    return attempt?.fiber === fiber ? attempt : undefined
  }

  /** Those of these loans that run. */
  find(receipts: readonly Receipt[]): Attempt[] {
    const wanted = new Set(receipts)
    return wanted.size === 0 ? [] : this.attempts().filter(({ fiber }) => wanted.has(fiber.loan.receipt))
  }

  running(queue: string): number {
    return this.#byQueue.get(queue) ?? 0
  }

  attempts(): Attempt[] {
    return this.#slots.filter((attempt) => attempt !== undefined)
  }

  /** Those that began first, in their order. */
  oldest(most: number): Attempt[] {
    const found: Attempt[] = []
    for (const attempt of this.#slots) {
      if (attempt === undefined) continue
      const { startedMonoMs } = attempt.fiber
      if (found.length === most && startedMonoMs >= found.at(-1)!.fiber.startedMonoMs) continue
      const at = found.findLastIndex(({ fiber }) => fiber.startedMonoMs <= startedMonoMs) + 1
      found.splice(at, 0, attempt)
      if (found.length > most) found.pop()
    }
    return found
  }

  /** Of those that still are on loan. */
  receipts(): Receipt[] {
    return this.attempts().flatMap(({ fiber }) => (fiber.written === undefined ? [fiber.loan.receipt] : []))
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
