import { expect, test, type TestContext, vi } from 'vitest'
import { freePort } from '../../stress/servers/redis.ts'
import type { RedisCluster } from '../../stress/servers/redis-cluster.ts'
import { defineJob, unchecked } from '../../src/index.ts'
import { ownCluster, ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { working } from '../../test/support/work.ts'

vi.setConfig({ testTimeout: 120_000 })

const echo = defineJob('echo', { input: unchecked<number>() }, (n) => n)

/** One more node, which follows this one. */
async function replicaOf(context: TestContext, cluster: RedisCluster, master: RedisServer): Promise<RedisServer> {
  const bus = await freePort()
  const config = { 'cluster-enabled': 'yes', 'cluster-port': bus, 'cluster-node-timeout': 2_000 }
  const replica = await ownRedis(context, { config })
  await master.say('CLUSTER', 'MEET', '127.0.0.1', replica.port, bus)
  const id = await master.say('CLUSTER', 'MYID')
  await master.say('CONFIG', 'SET', 'repl-diskless-sync-delay', 0)
  const patience = { timeout: 20_000, interval: 100 }
  await vi.waitFor(() => replica.say('CLUSTER', 'REPLICATE', id), patience)
  const replication = () => replica.say('INFO', 'replication')
  await vi.waitFor(async () => expect(await replication()).toContain('master_link_status:up'), patience)
  for (const node of cluster.nodes) {
    await vi.waitFor(async () => expect(await node.say('CLUSTER', 'NODES')).toMatch(/ slave .* connected/), patience)
  }
  return replica
}

const becomesMaster = (replica: RedisServer, timeout: number) =>
  vi.waitFor(async () => expect(await replica.say('ROLE')).toMatch(/^master/), { timeout })

/** In agreement with its master. A node gives up after five seconds, and on a busy machine has to be told again. */
async function takeOver(replica: RedisServer): Promise<void> {
  const once = async () => {
    if (!(await replica.say('ROLE')).startsWith('master')) await replica.say('CLUSTER', 'FAILOVER')
    await becomesMaster(replica, 7_000)
  }
  await vi.waitFor(once, { timeout: 60_000 })
}

test.for([
  ['one hash tag', '{fiber-work}:', ''],
  ['shards', '{fiber-work.2}:', '?shards=4'],
] as const)('%s: a failover loses no job, and work goes on', async ([, prefix, query], context) => {
  const cluster = await ownCluster(context)
  const replica = await replicaOf(context, cluster, await cluster.ownerOf(prefix))
  const { client, worker } = await working([echo], { url: cluster.url + query })
  const batch = (from: number) =>
    client.enqueueMany(
      echo,
      Array.from({ length: 200 }, (_, n) => from + n),
    )
  const sent = await batch(0)
  const over = takeOver(replica)
  sent.push(...(await batch(200)))
  await over
  sent.push(...(await batch(400)))
  const results = await Promise.all(sent.map((one) => one.result({ timeoutMs: 30_000 })))
  expect(results).toEqual(Array.from({ length: 600 }, (_, n) => n))
  expect(worker.state).toBe('running')
  await worker.idle()
})

test('a node that dies is replaced, and consumption is back', async (context) => {
  const cluster = await ownCluster(context)
  const master = await cluster.ownerOf('{fiber-work.1}:')
  const replica = await replicaOf(context, cluster, master)
  const { client } = await working([echo], { url: `${cluster.url}?shards=4` })
  expect(await (await client.enqueue(echo, 1)).result()).toBe(1)
  await master.kill()
  // An election that came to nothing is repeated after eight seconds.
  await becomesMaster(replica, 60_000)
  // To all shards: those of the dead node are answered by the one that replaces it.
  const sent = await client.enqueueMany(
    echo,
    Array.from({ length: 100 }, (_, n) => n),
  )
  const results = await Promise.all(sent.map((one) => one.result({ timeoutMs: 30_000 })))
  expect(results).toEqual(Array.from({ length: 100 }, (_, n) => n))
})
