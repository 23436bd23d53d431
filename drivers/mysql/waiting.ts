import type { Env } from '../../src/base/env.ts'
import type { Bell } from './bell.ts'

/** Right after work there is likely more of it. */
const pollMsLeast = 2

/**
 * How a reserve waits for its first job. What others in this process write rings the bell; what other processes write is found by
 * looking again: soon at first, then less and less often, at last every `pollMs`.
 */
export class Waiting {
  readonly #env: Env
  readonly #bell: Bell
  readonly #pollMs: number
  #nextMs = pollMsLeast
  readonly #closing = new AbortController()

  constructor(env: Env, bell: Bell, pollMs: number) {
    this.#env = env
    this.#bell = bell
    this.#pollMs = pollMs
  }

  /** Take it before looking. */
  mark(): number {
    return this.#bell.mark()
  }

  /** Something was found. */
  found(): void {
    this.#nextMs = pollMsLeast
  }

  /** Until the bell rings, or it is time to look again, or the signal aborts; at most `mostMs`. */
  wait(mark: number, mostMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#closing.signal.aborted || mark !== this.#bell.mark()) return Promise.resolve()
    const waitMs = Math.min(mostMs, this.#nextMs)
    this.#nextMs = Math.min(this.#pollMs, this.#nextMs * 1.5)
    return new Promise((resolve) => {
      const wake = () => {
        this.#env.clearTimer(timer)
        deaf()
        signal.removeEventListener('abort', wake)
        this.#closing.signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = this.#env.setTimer(wake, Math.max(0, Math.ceil(waitMs)))
      const deaf = this.#bell.hear(wake)
      signal.addEventListener('abort', wake, { once: true })
      this.#closing.signal.addEventListener('abort', wake, { once: true })
    })
  }

  close(): void {
    this.#closing.abort()
  }
}
