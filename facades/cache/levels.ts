import { emit } from '../../src/base/emit.ts'
import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { Door } from '../../src/sandbox/facade.ts'
import { peekFiber } from '../../src/sandbox/storage.ts'
import type { Local } from './local.ts'
import type { Settings } from './options.ts'
import type { Shared } from './shared.ts'

/** What is behind a cache: the level of this process, and the one that all share, if there is one. */
export interface Levels {
  settings: Settings
  local: Local
  shared: Shared | undefined
}

/** Opens the levels at their first use, and anew after they were closed. */
export class Opener {
  readonly #door: Door<Levels>
  #now: Levels | undefined

  constructor(env: Env, settings: () => Settings) {
    this.#door = new Door('cache', {
      open: () => this.#open(env, settings()),
      close: (levels) => levels.shared?.close(),
    })
  }

  /** At once, but for the first time. */
  levels(): Levels | Promise<Levels> {
    return this.#now ?? this.#door.resource()
  }

  /**
   * Ask the level that all share, as a call of the running job. If it fails, `otherwise` is the answer, unless the cache is strict.
   * Throws why the job was told to stop, `FW_JOB_SETTLED`, `FW_CACHE_FAILED`.
   */
  ask<T>(verb: string, what: string, run: (shared: Shared) => Promise<T>, otherwise: T): Promise<T> {
    const job = peekFiber()?.loan.job.id
    return this.#door.call(`${verb} ${what}`, async ({ shared, settings }) => {
      if (shared === undefined) return otherwise
      try {
        return await run(shared)
      } catch (cause) {
        emit('cache.degraded', () => ({ job, verb, error: cause }))
        if (!settings.strict) return otherwise
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new FiberWorkError('FW_CACHE_FAILED', `The cache could not ${verb} ${what}: ${why}`, { cause })
      }
    })
  }

  /** Wait, as a call of the running job. */
  wait<T>(what: string, awaited: () => Promise<T>): Promise<T> {
    return this.#door.call(what, awaited)
  }

  async close(): Promise<void> {
    this.#now = undefined
    await this.#door.close()
    // One that was being opened has said so meanwhile.
    this.#now = undefined
  }

  async #open(env: Env, settings: Settings): Promise<Levels> {
    const { Local } = await import('./local.ts')
    const local = new Local(settings)
    if (settings.redis === undefined) return (this.#now = { settings, local, shared: undefined })
    const { Shared } = await import('./shared.ts')
    return (this.#now = { settings, local, shared: new Shared(env, settings) })
  }
}
