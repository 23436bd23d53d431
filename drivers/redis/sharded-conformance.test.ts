import { RedisServer } from '../../stress/servers/redis.ts'
import { lawsOn } from '../../test/support/redis-laws.ts'
import { skippedWithShards as skip } from '../../test/support/redis-shards.ts'

await lawsOn(
  () => RedisServer.start(),
  ({ url }) => [{ name: 'redis with three shards', options: { redis: url, shards: 3 }, skip }],
)
