import type { Env } from '../../src/base/env.ts'

/** A moment that many waited for would wake them all at once; they are spread over this, less when they are few. */
const spreadMsMax = 20

/** How a reserve waits until somebody rings for its session, or until time alone may bring something. */
export class Waiting {
  readonly #env: Env
  #rings = 0
  #wakes = new Set<() => void>()

  constructor(env: Env) {
    this.#env = env
  }

  /** Take it before asking the store: a ring since then is not missed. */
  mark(): number {
    return this.#rings
  }

  /** Answers whether anybody was waiting for it. */
  ring(): boolean {
    this.#rings++
    const waited = this.#wakes.size > 0
    for (const wake of this.#wakes) wake()
    return waited
  }

  /** `wakeInMs` is when time alone may bring something, for `waiters` who know of it. */
  wait(mark: number, waitMs: number, wakeInMs: number, waiters: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || mark !== this.#rings) return Promise.resolve()
    const spreadMs = Math.min(spreadMsMax, (waiters - 1) / 2) * this.#env.random()
    const ms = Math.min(waitMs, Math.max(0, wakeInMs) + Math.max(0, spreadMs))
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakes.delete(wake)
        this.#env.clearTimer(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = this.#env.setTimer(wake, Math.ceil(ms))
      signal.addEventListener('abort', wake, { once: true })
      this.#wakes.add(wake)
    })
  }
}
