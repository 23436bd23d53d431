import type { TenantOptions } from '../../src/sandbox/tenant.ts'
import { LevelledCache } from './cache.ts'
import { type CacheKeep, type CacheOptions, type CacheRemember, type CacheScope, settingsOf } from './options.ts'

export type { CacheKeep, CacheOptions, CacheRemember, CacheScope } from './options.ts'

/**
 * Values that are kept for a while, each tenant's apart: what the job itself has seen, what this process has used last, and over
 * Redis what all processes share. Whatever is kept is JSON, and whoever reads it gets a copy of his own.
 *
 * All of it throws `FW_JOB_SETTLED` after the job's end, why the job was told to stop, `FW_TENANT_FOREIGN`, `FW_NAME_INVALID` and
 * `FW_CONFIG_INVALID` for what is malformed; `FW_CACHE_FAILED` where it is `strict`.
 */
export interface CacheClient {
  /** The value, if there is one and its time is not over; `has` tells `undefined` from nothing. */
  get<T = unknown>(key: string, options?: CacheScope): Promise<T | undefined>
  has(key: string, options?: CacheScope): Promise<boolean>
  /** Throws `FW_VALUE_NOT_JSON`, `FW_VALUE_TOO_LARGE`. */
  set(key: string, value: unknown, ttlMs: number, options?: CacheKeep): Promise<void>
  /** Answers whether there was something. What is being made at the moment is not kept. */
  delete(key: string, options?: TenantOptions): Promise<boolean>
  /**
   * The value; made by `make` where there is none, once for all who ask meanwhile, in the context of the first. Should that one be told
   * to stop, another one makes it. What `make` throws is thrown to all who wait, and kept for nobody. Throws `FW_VALUE_NOT_JSON`.
   */
  remember<T>(key: string, ttlMs: number, make: () => T | Promise<T>, options?: CacheRemember): Promise<T>
  /** Let go of all values that were kept under one of these tags, of the same tenant. */
  invalidate(tags: string | readonly string[], options?: TenantOptions): Promise<void>
  /** Forgets what this process knows and closes its connection; the next call opens it anew. */
  close(): Promise<void>
}

/** The cache of the process. */
export interface ProcessCache extends CacheClient {
  /** Once, before it is used; what is not said is as by default. Throws `FW_CONFIG_INVALID`. */
  configure(options: Omit<CacheOptions, 'env'>): void
}

/** A cache of one's own, which knows nothing of the process's. Throws `FW_CONFIG_INVALID`. */
export function createCache(options: CacheOptions = {}): CacheClient {
  settingsOf('createCache', options)
  return new LevelledCache(options)
}

/**
 * The cache of the process. Over the Redis of FIBER_WORK_CACHE_URL, or of `Cache.configure`; without one, of this process alone.
 * Nothing is loaded before its first use.
 */
export const Cache: ProcessCache = new LevelledCache({}, () => {
  const redis = process.env['FIBER_WORK_CACHE_URL']
  return redis === undefined || redis === '' ? {} : { redis }
})
