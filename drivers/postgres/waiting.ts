import type { Env } from '../../src/base/env.ts'

/** How a reserve waits until a bell rings for one of its queues, or until time alone may bring something. */
export class Waiting {
  readonly #env: Env
  readonly #waiters = new Set<{ queues: ReadonlySet<number>; wake: () => void }>()
  /** How often each queue was rung for; under 0, how often everybody was. */
  readonly #rings = new Map<number, number>()

  constructor(env: Env) {
    this.#env = env
  }

  /** Take it before asking the store: a ring since then is not missed. */
  mark(queues: Iterable<number>): number {
    let sum = this.#rings.get(0) ?? 0
    for (const queue of queues) sum += this.#rings.get(queue) ?? 0
    return sum
  }

  ring(queues: readonly number[] | undefined): void {
    for (const queue of queues ?? [0]) this.#rings.set(queue, (this.#rings.get(queue) ?? 0) + 1)
    for (const waiter of this.#waiters) {
      if (queues === undefined || queues.some((queue) => waiter.queues.has(queue))) waiter.wake()
    }
  }

  wait(queues: ReadonlySet<number>, mark: number, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || mark !== this.mark(queues) || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(waiter)
        this.#env.clearTimer(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const waiter = { queues, wake }
      const timer = this.#env.setTimer(wake, Math.ceil(ms))
      signal.addEventListener('abort', wake, { once: true })
      this.#waiters.add(waiter)
    })
  }
}
