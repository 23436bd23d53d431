import type { Env, Timer } from '../../src/base/env.ts'

/** Something that may take so long; its own entry in the list. */
export interface Deadlined {
  untilMs: number
  earlier: Deadlined | undefined
  later: Deadlined | undefined
  expired(): void
}

/** All of one length end in the order in which they began: one timer will do for ten thousand. */
export class Deadlines {
  readonly #env: Env
  readonly #delayMs: number
  #first: Deadlined | undefined
  #last: Deadlined | undefined
  #timer: Timer | undefined

  constructor(env: Env, delayMs: number) {
    this.#env = env
    this.#delayMs = delayMs
  }

  add(entry: Deadlined, nowMs: number): void {
    entry.untilMs = nowMs + this.#delayMs
    entry.earlier = this.#last
    if (this.#last === undefined) this.#first = entry
    else this.#last.later = entry
    this.#last = entry
    if (this.#timer === undefined) this.#watch()
  }

  /** Idempotent. */
  remove(entry: Deadlined): void {
    const { earlier, later } = entry
    if (earlier === undefined && this.#first !== entry) return
    if (earlier === undefined) this.#first = later
    else earlier.later = later
    if (later === undefined) this.#last = earlier
    else later.earlier = earlier
    entry.earlier = entry.later = undefined
  }

  /** Connections keep the process alive, not their deadlines. One that has ended meanwhile leaves its timer to the next one. */
  #watch(): void {
    if (this.#first === undefined || this.#delayMs === Infinity) return
    const expire = () => {
      this.#timer = undefined
      for (let first = this.#first; first !== undefined && first.untilMs <= this.#env.monoMs(); first = this.#first) {
        this.remove(first)
        first.expired()
      }
      this.#watch()
    }
    this.#timer = this.#env.setTimer(expire, Math.max(1, this.#first.untilMs - this.#env.monoMs()), 'idle')
  }
}
