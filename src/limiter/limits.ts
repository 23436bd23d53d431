import type { Env } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { Limit } from './limit.ts'
import { checkLimit, type RateLimitOptions } from './options.ts'
import type { RedisTarget } from '../base/redis-target.ts'
import { Redis } from './redis.ts'

/** The limits of a process, by name, and the Redis connections that they share. */
export class Limits {
  readonly #env: Env
  readonly #limits = new Map<string, Limit>()
  readonly #stores = new Map<RedisTarget, { redis: Redis; limits: Set<Limit> }>()

  constructor(env: Env) {
    this.#env = env
  }

  /**
   * The limit of this name, declared by its options. Without options: one that was declared before.
   * Throws `FW_NAME_INVALID`, and `FW_CONFIG_INVALID` also for a name that was declared in another way, or never.
   */
  for(name: string, options?: RateLimitOptions): Limit {
    const known = this.#limits.get(name)
    if (options === undefined) {
      if (known !== undefined) return known
      throw new FiberWorkError('FW_CONFIG_INVALID', `No limit "${name}" is declared: say once what it allows.`)
    }
    if (known !== undefined) return this.#same(known, options)
    checkLimit(name, options)
    const limit = this.#make(name, { ...options })
    this.#limits.set(name, limit)
    return limit
  }

  /** Close what is open: timers, connections. The limits stay declared, and can be used again. */
  async close(): Promise<void> {
    await Promise.all([...this.#limits.values()].map((limit) => limit.close()))
    await Promise.all([...this.#stores.values()].map(({ redis }) => redis.close()))
  }

  #make(name: string, options: RateLimitOptions): Limit {
    const { redis: target } = options
    if (target === undefined) return new Limit(this.#env, name, options, undefined)
    const store = this.#stores.get(target) ?? { redis: new Redis(this.#env, target), limits: new Set() }
    this.#stores.set(target, store)
    const limit = new Limit(this.#env, name, options, store.redis)
    store.limits.add(limit)
    limit.onIdle = () => {
      if ([...store.limits].every(({ isIdle }) => isIdle)) void store.redis.close()
    }
    return limit
  }

  #same(known: Limit, options: RateLimitOptions): Limit {
    const { redis, ...rest } = options
    const { redis: knownRedis, ...knownRest } = known.options
    if (redis === knownRedis && JSON.stringify(rest) === JSON.stringify(knownRest)) return known
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `The limit "${known.name}" is declared twice with different options: declare it in one place, and say RateLimit.for("${known.name}") elsewhere.`,
    )
  }
}
