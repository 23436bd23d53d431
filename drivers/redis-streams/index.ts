import { RedisStreamsDriver } from './driver.ts'
import { keeperOf } from './keeper.ts'
import { linkTo } from './link.ts'
import { type RedisStreamsOptions, settingsOf } from './options.ts'

export type { RedisStreamsDriver } from './driver.ts'
export type { RedisServer, RedisStreamsOptions } from './options.ts'

/**
 * Queues as Redis Streams, which any tool can write and read: one stream a queue, and the consumer group `fiber-work`. Several drivers
 * on one server share nothing but that server; `redisStreamsStore` makes drivers that share their connections too.
 *
 * @throws FW_CONFIG_INVALID
 */
export function redisStreamsDriver(options: RedisStreamsOptions = {}): RedisStreamsDriver {
  return storeOf(options)()
}

/**
 * Makes drivers that share two connections: one driver for a client, one for each worker. The URL is
 * `redis+streams://user:password@host:port/db?prefix=fiber-work-streams`, or `rediss+streams://` with TLS.
 *
 * @throws FW_CONFIG_INVALID
 */
export function redisStreamsStore(
  url: string,
  options: Omit<RedisStreamsOptions, 'redis'> = {},
): () => RedisStreamsDriver {
  return storeOf({ ...options, redis: url })
}

function storeOf(options: RedisStreamsOptions): () => RedisStreamsDriver {
  const settings = settingsOf(options)
  const link = linkTo(settings)
  return () => new RedisStreamsDriver(link, settings, keeperOf(settings))
}
