import { emit } from '../../src/base/emit.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Stop } from '../../src/sandbox/fiber.ts'
import { type FacadeCall, openCall } from '../../src/sandbox/call.ts'
import { outside } from '../../src/sandbox/storage.ts'
import type { Limit } from '../../src/limiter/limit.ts'
import { Limits } from '../../src/limiter/limits.ts'
import { Patience } from '../../src/limiter/line.ts'
import type { RateLimitOptions } from '../../src/limiter/options.ts'

export type { CallRate, RateLimitOptions } from '../../src/limiter/options.ts'

export interface RunOptions {
  /** Ends the waiting, besides the job's own signal, which needs no mention. */
  signal?: AbortSignal
}

/** A limit on calls inside handlers. */
export interface CallLimit {
  readonly name: string
  /**
   * Run `fn` when the limit lets it; in the same job, and with its signal: a job that is told to stop waits no longer. Answers
   * what `fn` answers. Throws what `fn` throws, why the waiting was ended, `FW_LIMIT_TIMEOUT` after `waitMsMax`; over Redis
   * `FW_CONNECT_FAILED`, `FW_STORE_FAILED`, `FW_DRIVER_MISSING`.
   */
  run<T>(fn: () => T | Promise<T>, options?: RunOptions): Promise<T>
}

/** The door to call-level limits. Nothing is loaded before the first `run`. */
export interface RateLimits {
  /**
   * The limit of this name. Say once what it allows; elsewhere the name will do.
   * Throws `FW_CONFIG_INVALID`, `FW_NAME_INVALID`.
   */
  for(name: string, options?: RateLimitOptions): CallLimit
  /** Closes connections and timers, which otherwise close by themselves when idle and keep no process alive. The limits can be used again. */
  close(): Promise<void>
}

class Door implements RateLimits {
  readonly #env: Env
  readonly #limits: Limits

  constructor(env: Env) {
    this.#env = env
    this.#limits = new Limits(env)
  }

  for(name: string, options?: RateLimitOptions): CallLimit {
    const limit = this.#limits.for(name, options)
    return { name, run: (fn, options) => this.#run(limit, fn, options?.signal) }
  }

  close(): Promise<void> {
    return this.#limits.close()
  }

  async #run<T>(limit: Limit, fn: () => T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const call = openCall(`a turn at the limit ${limit.name}`)
    const leave = await this.#enter(limit, call, signal)
    try {
      return await fn()
    } finally {
      outside(leave)
    }
  }

  async #enter(limit: Limit, call: FacadeCall | undefined, signal: AbortSignal | undefined): Promise<() => void> {
    const patience = new Patience()
    const aborted = () => patience.lose(signal?.reason)
    if (signal?.aborted === true) aborted()
    signal?.addEventListener('abort', aborted, { once: true })
    if (call?.fiber.stop !== undefined) patience.lose(call.fiber.stop.error)
    else if (call !== undefined) call.onStop = (stop) => patience.lose(reasonOf(stop, limit.name))
    const startedMs = this.#env.monoMs()
    let failed: { error: unknown } | undefined
    try {
      return await outside(() => limit.enter(patience))
    } catch (error) {
      failed = { error }
      throw error
    } finally {
      signal?.removeEventListener('abort', aborted)
      // At the job's end the call stays open in its books: that is how it is seen as a zombie.
      if (call?.fiber.settled === false) call.end()
      emit('limit.waited', () => ({
        job: call?.fiber.loan.job.id,
        limit: limit.name,
        waitedMs: this.#env.monoMs() - startedMs,
        error: failed?.error,
      }))
    }
  }
}

function reasonOf(stop: Stop, name: string): unknown {
  if (stop.kind !== 'settled') return stop.error
  return new FiberWorkError(
    'FW_JOB_SETTLED',
    `A call still waited at the limit "${name}" when its job ended; await what a handler starts.`,
  )
}

/** Limits of one's own, apart from the process's. */
export function createRateLimits({ env = systemEnv }: { env?: Env } = {}): RateLimits {
  return new Door(env)
}

/** The process's call-level limits. */
export const RateLimit: RateLimits = createRateLimits()
