import type { Env, Timer } from '../../src/base/env.ts'

/** What was known when somebody looked in vain: any change since then wakes him at once. */
export interface Mark {
  rings: number
  version: number
}

interface Waiter {
  mark: Mark
  wake: () => void
}

/** Everybody in this process who waits on a file, whichever driver he has. */
const bells = new Map<string, { rings: number; waitings: Set<Waiting> }>()

/**
 * How a reserve waits for its first job. Other drivers of this process ring; what other processes write is seen by
 * `PRAGMA data_version`, looked at every `pollMs` for as long as somebody waits.
 */
export class Waiting {
  readonly #file: string
  readonly #env: Env
  readonly #pollMs: number
  readonly #version: () => number
  readonly #waiters = new Set<Waiter>()
  readonly #bell: { rings: number; waitings: Set<Waiting> }
  #poll: Timer | undefined

  /** `version` is the connection's data version; it may fail once the connection is closed. */
  constructor(file: string, env: Env, pollMs: number, version: () => number) {
    this.#file = file
    this.#env = env
    this.#pollMs = pollMs
    this.#version = version
    this.#bell = bells.get(file) ?? { rings: 0, waitings: new Set() }
    this.#bell.waitings.add(this)
    bells.set(file, this.#bell)
  }

  /** Take it before looking. */
  mark(): Mark {
    return { rings: this.#bell.rings, version: this.#version() }
  }

  /** There may be something to take now: wake everybody in this process who waits on the file. */
  ring(): void {
    this.#bell.rings++
    for (const waiting of this.#bell.waitings) waiting.#wakeAll()
  }

  /** Until something has changed since the mark, or `waitMs` have passed, or the signal aborts. */
  wait(mark: Mark, waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || mark.rings !== this.#bell.rings) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(waiter)
        this.#env.clearTimer(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const waiter = { mark, wake }
      const timer = this.#env.setTimer(wake, Math.max(0, Math.ceil(waitMs)))
      signal.addEventListener('abort', wake, { once: true })
      this.#waiters.add(waiter)
      this.#poll ??= this.#env.setTimer(() => this.#look(), this.#pollMs)
    })
  }

  /** Nobody waits any more. */
  close(): void {
    this.#wakeAll()
    this.#env.clearTimer(this.#poll)
    this.#poll = undefined
    this.#bell.waitings.delete(this)
    if (this.#bell.waitings.size === 0) bells.delete(this.#file)
  }

  #look(): void {
    this.#poll = undefined
    if (this.#waiters.size === 0) return
    let version: number | undefined
    try {
      version = this.#version()
    } catch {
      // The reserve that looks again meets the error, and reports it.
    }
    for (const { mark, wake } of this.#waiters) if (mark.version !== version) wake()
    if (this.#waiters.size > 0) this.#poll = this.#env.setTimer(() => this.#look(), this.#pollMs)
  }

  #wakeAll(): void {
    for (const { wake } of this.#waiters) wake()
  }
}
