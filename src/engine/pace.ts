import type { Env } from '../base/env.ts'
import type { Reservation } from '../contract/driver.ts'

/** Jobs started between two looks at the clock. */
const stride = 8

/**
 * Paced starts: jobs are started for one to two milliseconds a turn of the event loop, then I/O gets its turn. A burst of
 * 10,000 starts would keep every socket waiting for seconds; started gently they finish earlier. The time counts what the
 * started handlers do in their first promise reactions too, which is where an HTTP client does its work.
 */
export class Pace {
  readonly #env: Env
  readonly #sliceMs: number
  readonly #start: (loan: Reservation) => void
  #line: Reservation[] = []
  #head = 0
  #scheduled = false
  #turnMonoMs = 0

  constructor(env: Env, sliceMs: number, start: (loan: Reservation) => void) {
    this.#env = env
    this.#sliceMs = sliceMs
    this.#start = start
  }

  /** Reserved and not yet started. */
  get waiting(): number {
    return this.#line.length - this.#head
  }

  /** How many of a queue wait. */
  waitingOf(queue: string): number {
    let count = 0
    for (let i = this.#head; i < this.#line.length; i++) if (this.#line[i]!.job.queue === queue) count++
    return count
  }

  /** The waiting ones, for whoever must tell the store what we hold. */
  loans(): Reservation[] {
    return this.#line.slice(this.#head)
  }

  push(loans: Reservation[]): void {
    for (const loan of loans) this.#line.push(loan)
    if (this.#scheduled || this.waiting === 0) return
    this.#scheduled = true
    // A single one needs no pacing: it begins at once, before what else this turn of the loop has to write.
    if (this.waiting === 1) this.#turn()
    else this.#env.immediate(this.#turn)
  }

  /** Take back everything that has not started. */
  clear(): Reservation[] {
    const left = this.loans()
    this.#line = []
    this.#head = 0
    return left
  }

  readonly #turn = (): void => {
    this.#turnMonoMs = this.#env.monoMs()
    this.#startSome()
  }

  readonly #startSome = (): void => {
    for (let i = 0; i < stride && this.waiting > 0; i++) this.#start(this.#next())
    if (this.waiting === 0) {
      this.#scheduled = false
    } else if (this.#env.monoMs() - this.#turnMonoMs < this.#sliceMs) {
      this.#env.afterReactions(this.#startSome)
    } else {
      this.#env.immediate(this.#turn)
    }
  }

  #next(): Reservation {
    const loan = this.#line[this.#head]!
    this.#line[this.#head++] = undefined as never
    if (this.#head === this.#line.length) {
      this.#line = []
      this.#head = 0
    }
    return loan
  }
}
