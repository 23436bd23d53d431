import { RedisCluster } from '../../stress/servers/redis-cluster.ts'
import { lawsOfTheWay as runner, lawsOn } from '../../test/support/redis-laws.ts'
import { skippedWithShards as skip } from '../../test/support/redis-shards.ts'

// Each store is an installation of its own: they, and their shards, lie on all three nodes.
await lawsOn(
  () => RedisCluster.start(),
  ({ url }) => [
    { name: 'redis on a cluster of three nodes', options: { redis: url } },
    { name: 'redis with three shards on three nodes', options: { redis: url, shards: 3 }, skip, runner },
  ],
)
