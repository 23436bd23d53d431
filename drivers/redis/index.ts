import { RedisDriver } from './driver.ts'
import { keeperOf } from './keeper.ts'
import { openLink } from './link.ts'
import { type RedisOptions, settingsOf } from './options.ts'

export type { RedisDriver } from './driver.ts'
export type { RedisOptions, RedisServer } from './options.ts'

/**
 * A Redis (7.0 or newer) or Valkey store. Several drivers on one server share nothing but that server; `redisStore` makes
 * drivers that share their connections too.
 *
 * @throws FW_CONFIG_INVALID
 */
export function redisDriver(options: RedisOptions = {}): RedisDriver {
  return redisStore(options)()
}

/** Makes drivers that share two connections: one for a client, one for each worker. */
export function redisStore(options: RedisOptions = {}): () => RedisDriver {
  const settings = settingsOf(options)
  const { env, leaseMs, deadAgeMs } = settings
  const link = openLink(options)
  const keeper = keeperOf(settings)
  return () => new RedisDriver({ link, env, leaseMs, deadAgeMs, keeper })
}

