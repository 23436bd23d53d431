import type { Env } from '../../src/base/env.ts'
import { anyValue, checkFields, flag, keyPrefix, redisTarget, wholeNumber } from '../../src/base/fields.ts'
import type { RedisTarget } from '../../src/base/redis-target.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { TenantOptions } from '../../src/sandbox/tenant.ts'

/** How a cache works. Everything has a default. */
export interface CacheOptions {
  /** The level that all processes share: a URL, or an ioredis client (which is copied). Default: none, two levels. */
  redis?: RedisTarget
  /** Before every key in Redis, `fiber-work:cache:` by default. */
  prefix?: string
  /** The longest `ttlMs` and `staleMs` that may be asked for; a day by default. */
  ttlMsMax?: number
  /** Most values in this process, 10,000 by default; those not used for longest leave. */
  entriesMax?: number
  /** Most memory for them, 64 MiB by default. */
  bytesMax?: number
  /** Largest value as JSON, 1 MiB by default. */
  valueBytesMax?: number
  /**
   * With Redis: how long this process may answer by itself before it asks Redis again, 2 s by default. What another process has
   * changed or deleted is seen after this time at the latest. 0: always ask.
   */
  localMsMax?: number
  /** With Redis: how long others wait for whoever makes a value, before they make it themselves; 10 s by default. */
  lockMs?: number
  /** With Redis: it must answer within this time; 1 s by default. */
  callMsMax?: number
  /** A Redis that fails throws `FW_CACHE_FAILED`. Default false: a failure is a miss, told as `cache.degraded`. */
  strict?: boolean
  /** Clock, timers and ids. Default: the system's. */
  env?: Env
}

export type Settings = Required<Omit<CacheOptions, 'redis' | 'env'>> & { redis: RedisTarget | undefined }

/** What any call may say. */
export interface CacheScope extends TenantOptions {
  /** Ask Redis, whatever this job and this process know. Default false. */
  fresh?: boolean
}

/** What a call that keeps a value may say. */
export interface CacheKeep extends TenantOptions {
  /** Names by which `invalidate` lets go of many values at once. At most 16. */
  tags?: readonly string[]
}

export interface CacheRemember extends CacheScope, CacheKeep {
  /** For this long after its time a value is still good enough while it is made anew in the background. Default 0. */
  staleMs?: number
}

const dayMs = 86_400_000
const tagsMax = 16

export const cacheDefaults: Settings = {
  redis: undefined,
  prefix: 'fiber-work:cache:',
  ttlMsMax: dayMs,
  entriesMax: 10_000,
  bytesMax: 64 * 1_048_576,
  valueBytesMax: 1_048_576,
  localMsMax: 2_000,
  lockMs: 10_000,
  callMsMax: 1_000,
  strict: false,
}

const table = {
  redis: redisTarget,
  prefix: keyPrefix,
  ttlMsMax: wholeNumber(1, 365 * dayMs),
  entriesMax: wholeNumber(1, 10_000_000),
  bytesMax: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  valueBytesMax: wholeNumber(1, 512 * 1_048_576),
  localMsMax: wholeNumber(0, dayMs),
  lockMs: wholeNumber(1, 3_600_000),
  callMsMax: wholeNumber(1, 3_600_000),
  strict: flag,
  env: anyValue,
}

const ofCall = { tenant: anyValue, shared: flag, fresh: flag, tags: anyValue, staleMs: anyValue }

/** A clock is given to whoever is made with it: not to what runs already. */
const { env: _, ...ofConfigure } = table

/** Throws `FW_CONFIG_INVALID`. */
export function checkConfigure(options: CacheOptions): void {
  checkFields('Cache.configure', options, ofConfigure)
}

/** Throws `FW_CONFIG_INVALID`. */
export function settingsOf(where: string, options: CacheOptions): Settings {
  checkFields(where, options, table)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...cacheDefaults, ...given }
}

/** Throws `FW_CONFIG_INVALID`. */
export function checkCall(where: string, options: CacheRemember): void {
  checkFields(where, options, ofCall)
  const { tags } = options
  if (tags === undefined) return
  if (Array.isArray(tags) && tags.length <= tagsMax && tags.every((tag) => typeof tag === 'string')) return
  throw new FiberWorkError('FW_CONFIG_INVALID', `${where}: \`tags\` is a list of up to ${tagsMax} texts.`)
}

/** Throws `FW_CONFIG_INVALID`. */
export function checkTime(name: 'ttlMs' | 'staleMs', ms: number, { ttlMsMax }: Settings): void {
  const least = name === 'ttlMs' ? 1 : 0
  if (typeof ms === 'number' && ms >= least && ms <= ttlMsMax) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `\`${name}\` is ${String(ms)}; it is milliseconds from ${least} to ${ttlMsMax} (\`ttlMsMax\` of the cache).`,
  )
}
