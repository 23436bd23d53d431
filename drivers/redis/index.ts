import { RedisDriver } from './driver.ts'
import { keeperOf } from './keeper.ts'
import { type Link, linkTo } from './link.ts'
import { prefixOfShard, type RedisOptions, type Settings, settingsOf } from './options.ts'
import { keeperOfShards } from './sharded-keeper.ts'
import { ShardedRedisDriver } from './sharded.ts'

export type { RedisDriver } from './driver.ts'
export type { RedisOptions, RedisServer } from './options.ts'
export type { ShardedRedisDriver } from './sharded.ts'

/**
 * A Redis (7.0 or newer) or Valkey store. Several drivers on one server share nothing but that server; `redisStore` makes
 * drivers that share their connections too.
 *
 * @throws FW_CONFIG_INVALID
 */
export function redisDriver(options: RedisOptions = {}): RedisDriver | ShardedRedisDriver {
  return redisStore(options)()
}

/** Makes drivers that share two connections (with shards: two for each of them): one driver for a client, one for each worker. */
export function redisStore(options: RedisOptions = {}): () => RedisDriver | ShardedRedisDriver {
  const settings = settingsOf(options)
  if (settings.shards > 1) return shardedStore(settings)
  const link = linkTo(settings)
  return () => driverOf(settings, link)
}

/** Blocking reads of different hash tags cannot be one on a cluster: each shard has connections of its own. */
function shardedStore(settings: Settings): () => ShardedRedisDriver {
  const { env, shards: count, prefix } = settings
  const each = Array.from({ length: count }, (_, i) => ({ ...settings, prefix: prefixOfShard(prefix, i) }))
  const links = each.map(linkTo)
  const base = linkTo(settings)
  return () => {
    const shards = each.map((own, i) => ({ driver: driverOf(own, links[i]!, `${i}/${count}`), link: links[i]! }))
    return new ShardedRedisDriver({
      shards,
      base,
      env,
      keeper: keeperOfShards(shards.map(({ driver }) => driver.keeper)),
    })
  }
}

function driverOf(settings: Settings, link: Link, shard?: string): RedisDriver {
  const { env, leaseMs, deadAgeMs } = settings
  return new RedisDriver({
    link,
    env,
    leaseMs,
    deadAgeMs,
    keeper: keeperOf(settings),
    ...(shard !== undefined && { shard }),
  })
}
