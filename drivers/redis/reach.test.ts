import { Cluster } from 'ioredis'
import { describe, expect, test, vi } from 'vitest'
import type { RedisCluster } from '../../stress/servers/redis-cluster.ts'
import { freePort } from '../../stress/servers/redis.ts'
import { opened, trial } from '../../test/support/redis-link.ts'
import { ownCluster, ownProxy, ownRedis } from '../../test/support/redis.ts'
import { cert, key } from '../../test/support/tls.ts'
import { openLink } from './link.ts'
import type { RedisOptions } from './options.ts'

/** How many connections of ours each node has. */
async function connections({ nodes }: RedisCluster): Promise<string[]> {
  const lists = await Promise.all(nodes.map((node) => node.say('CLIENT', 'LIST')))
  return lists.map((list) => (list.match(/ name=fiber-work/g) ?? []).length).map(String)
}

describe('a cluster', () => {
  test('is one server to us: two connections to the node that has our keys', async (context) => {
    const cluster = await ownCluster(context)
    const link = await opened({ redis: cluster.url })
    const rang = vi.fn()
    link.hear('s', rang)
    await link.command('RPUSH', link.prefix + link.bell, 's')
    await vi.waitFor(() => expect(rang).toHaveBeenCalled())
    const owner = await cluster.ownerOf(link.prefix)
    await vi.waitFor(async () => {
      expect(await connections(cluster)).toEqual(cluster.nodes.map((node) => (node === owner ? '2' : '0')))
    })
    expect((await link.open()).cluster).toBe(true)
    await link.close()
  })

  test('is found from any of its nodes, and as an instance of your own', async (context) => {
    const cluster = await ownCluster(context)
    for (const { port } of cluster.nodes) {
      const link = await opened({ redis: `redis+cluster://127.0.0.1:1,127.0.0.1:${port}`, keyPrefix: 'app:' })
      expect(await link.command('SET', `${link.prefix}x`, port)).toBe('OK')
    }
    const own = new Cluster([{ host: '127.0.0.1', port: cluster.nodes[0]!.port }], {
      lazyConnect: true,
      keyPrefix: 'app:',
    })
    const link = await opened({ redis: own })
    expect(await link.command('GET', `${link.prefix}x`)).toBe(String(cluster.nodes[2]!.port))
    expect(own.status).toBe('wait')
  })

  test('needs redis+cluster://: another node says so', async (context) => {
    const cluster = await ownCluster(context)
    const owner = await cluster.ownerOf('{fiber-work}:')
    const other = cluster.nodes.find((node) => node !== owner)!
    const error = { retryable: true, message: expect.stringContaining('redis+cluster://') as string }
    await expect(openLink({ redis: other.url }).open()).rejects.toMatchObject(error)
    await opened({ redis: owner.url })
  })

  test('that moves our slot runs no script on half of our keys', async (context) => {
    const cluster = await ownCluster(context)
    const link = await opened({ redis: cluster.url })
    for (const name of ['a', 'b', 'c', 'd']) await link.command('SET', link.prefix + name, name)
    const count = trial("return redis.call('EXISTS', KEYS[1] .. 'a', KEYS[1] .. 'b', KEYS[1] .. 'c', KEYS[1] .. 'd')")
    expect(await link.run(count, [])).toBe(4)
    const owner = await cluster.ownerOf(link.prefix)
    const to = cluster.nodes.find((node) => node !== owner)!
    await cluster.move(link.prefix, to, async () => {
      await expect(link.run(count, [])).rejects.toMatchObject({ code: 'FW_STORE_FAILED', retryable: true })
    })
    await vi.waitFor(async () => expect(await link.run(count, [])).toBe(4), { timeout: 5_000 })
    expect(await cluster.ownerOf(link.prefix)).toBe(to)
  })

  test('that is down is waited for', async (context) => {
    const cluster = await ownCluster(context)
    const link = await opened({ redis: cluster.url })
    const owner = await cluster.ownerOf(link.prefix)
    const other = cluster.nodes.find((node) => node !== owner)!
    await other.kill()
    const down = { code: 'FW_STORE_FAILED', retryable: true, message: expect.stringContaining('CLUSTERDOWN') as string }
    const set = () => link.command('SET', `${link.prefix}x`, 1)
    await vi.waitFor(() => expect(set()).rejects.toMatchObject(down), { timeout: 10_000 })
    await other.start()
    await vi.waitFor(set, { timeout: 10_000 })
  }, 40_000)
})

describe('TLS', () => {
  test('with a CA and a client certificate, and what is wrong without', async (context) => {
    const server = await ownRedis(context, { tls: { key, cert, ca: cert, clientCertificates: true } })
    const to = (tls: object, host = 'localhost') => ({ redis: { host, port: server.port, tls } })
    const link = await opened(to({ ca: cert, cert, key }))
    expect(await link.command('PING')).toBe('PONG')
    const refused = async (options: RedisOptions, says: RegExp, retryable = false) => {
      const told = { code: 'FW_CONNECT_FAILED', retryable, message: expect.stringMatching(says) as string }
      await expect(openLink(options).open()).rejects.toMatchObject(told)
    }
    await refused(to({ cert, key }), /give its CA/)
    await refused(to({ ca: cert }), /client certificate/)
    await refused(to({ ca: cert, cert, key, servername: 'wrong.example' }), /another host name.*wrong\.example/)
    await refused({ redis: `redis://127.0.0.1:${server.port}` }, /rediss:\/\//, true)
    const plain = await ownRedis(context)
    await refused(
      { ...to({ ca: cert }), redis: { port: plain.port, tls: {} }, connectTimeoutMs: 500 },
      /speak TLS/,
      true,
    )
  })
})

describe('sentinels', () => {
  test('may be silent, some of them', async (context) => {
    const server = await ownRedis(context)
    const monitored = { [`sentinel monitor m 127.0.0.1 ${server.port}`]: 1 }
    const sentinel = await ownRedis(context, { sentinel: true, config: monitored })
    const silent = await ownProxy(sentinel)
    silent.blackhole()
    const redis = `redis+sentinel://127.0.0.1:${silent.port},127.0.0.1:${sentinel.port}/m`
    const link = await opened({ redis, connectTimeoutMs: 500 })
    expect(await link.command('PING')).toBe('PONG')
  })

  test('tell where the master is, before and after a failover', async (context) => {
    const [first, second] = [await ownRedis(context), await ownRedis(context)]
    await second.say('REPLICAOF', '127.0.0.1', first.port)
    await vi.waitFor(async () => expect(await second.say('INFO', 'replication')).toContain('master_link_status:up'), {
      timeout: 10_000,
    })
    // Else the old master takes writes, and loses them, until the sentinel has told it.
    await first.say('CONFIG', 'SET', 'min-replicas-to-write', 1)
    const sentinel = await ownRedis(context, {
      sentinel: true,
      config: { [`sentinel monitor m 127.0.0.1 ${first.port}`]: 1, 'sentinel down-after-milliseconds m': 1_000 },
    })
    const link = await opened({ redis: `redis+sentinel://127.0.0.1:${await freePort()},127.0.0.1:${sentinel.port}/m` })
    const rang = vi.fn()
    link.hear('s', rang)
    await link.command('SET', `${link.prefix}x`, 1)
    // It looks at the replicas every ten seconds, and promotes none that it has not seen well.
    await vi.waitFor(() => sentinel.say('SENTINEL', 'FAILOVER', 'm'), { timeout: 25_000, interval: 200 })
    await vi.waitFor(
      async () => expect(await sentinel.say('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'm')).toContain(String(second.port)),
      { timeout: 10_000 },
    )
    const moved = async () => {
      await link.command('SET', `${link.prefix}x`, 2)
      expect(await second.say('GET', `${link.prefix}x`)).toBe('2')
    }
    // The sentinel takes its own time to tell the old master; ours begins when it has.
    await vi.waitFor(async () => expect(await first.say('INFO', 'replication')).toContain('role:slave'), {
      timeout: 25_000,
    })
    await vi.waitFor(moved, { timeout: 5_000 })
    await vi.waitFor(
      async () => {
        await link.command('RPUSH', link.prefix + link.bell, 's')
        expect(rang).toHaveBeenCalled()
        expect(await second.say('CLIENT', 'LIST')).toContain('fiber-work:bell')
      },
      { timeout: 5_000 },
    )
  }, 60_000)
})
