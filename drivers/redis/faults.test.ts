import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { FaultProxy } from '../../stress/proxy/proxy.ts'
import { ownProxy, ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { type Link, openLink } from './link.ts'

interface World {
  server: RedisServer
  proxy: FaultProxy
  link: Link
  /** How often the bell was heard. */
  rings: () => number
}

async function world(server: RedisServer): Promise<World> {
  const proxy = await ownProxy(server)
  const link = openLink({ redis: `redis://127.0.0.1:${proxy.port}` })
  await link.open()
  onTestFinished(() => link.close())
  let rings = 0
  link.hear('s', () => rings++)
  await vi.waitFor(async () => expect(await server.say('CLIENT', 'LIST')).toContain('cmd=blmpop'))
  return { server, proxy, link, rings: () => rings }
}

/** Both ways work again within five seconds: a call is answered, and the bell is heard. */
async function recovers({ server, link, rings }: World): Promise<void> {
  const fromMs = performance.now()
  await vi.waitFor(() => link.command('PING'), { timeout: 5_000, interval: 20 })
  await vi.waitFor(
    async () => {
      const before = rings()
      await server.say('RPUSH', link.prefix + link.bell, 's')
      await vi.waitFor(() => expect(rings()).toBeGreaterThan(before), { timeout: 500, interval: 5 })
    },
    { timeout: 5_000, interval: 20 },
  )
  expect(performance.now() - fromMs).toBeLessThan(5_000)
}

describe('calls and the bell are back after', () => {
  test('CLIENT KILL', async (context) => {
    const all = await world(await ownRedis(context))
    const before = all.rings()
    await all.server.say('CLIENT', 'KILL', 'TYPE', 'normal')
    // A ring may have been lost with the connection: everybody looks, once.
    await vi.waitFor(() => expect(all.rings()).toBe(before + 1))
    await recovers(all)
  })

  test.for(['reset', 'end'] as const)('a cut connection (%s)', async (how, context) => {
    const all = await world(await ownRedis(context))
    all.proxy.cut(how)
    await recovers(all)
  })

  test('a server that was killed', async (context) => {
    const all = await world(await ownRedis(context))
    await all.server.restart('SIGKILL')
    await recovers(all)
  })

  test('a while without any server', async (context) => {
    const all = await world(await ownRedis(context))
    await all.server.kill()
    await expect(all.link.command('PING')).rejects.toMatchObject({ retryable: true })
    const refused = { code: 'FW_CONNECT_FAILED', retryable: true }
    await vi.waitFor(() => expect(all.link.command('PING')).rejects.toMatchObject(refused), { timeout: 5_000 })
    await all.server.start()
    await recovers(all)
  })

  test('connections that a router forgot: no RST, no answer', async (context) => {
    const all = await world(await ownRedis(context))
    all.proxy.blackhole('open')
    const lost = expect(all.link.command('PING')).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
    await recovers(all)
    await lost
  })

  test('a network that swallowed everything, new connections too', async (context) => {
    const all = await world(await ownRedis(context))
    all.proxy.blackhole()
    await expect(all.link.command('PING')).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
    await expect(all.link.command('PING')).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    await all.proxy.heal()
    await recovers(all)
  })

  test('a server that stood still', async (context) => {
    const all = await world(await ownRedis(context))
    all.server.pause()
    await expect(all.link.command('PING')).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
    all.server.resume()
    await recovers(all)
  })

  test('a failover: our server is a replica now, and another one listens on its address', async (context) => {
    const [old, young] = [await ownRedis(context), await ownRedis(context)]
    const all = await world(old)
    await old.say('REPLICAOF', '127.0.0.1', young.port)
    await expect(all.link.command('SET', `${all.link.prefix}x`, 1)).rejects.toMatchObject({
      code: 'FW_STORE_FAILED',
      retryable: true,
    })
    // Until the address leads elsewhere there is nothing to be had from it.
    await expect(all.link.command('PING')).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    await old.say('REPLICAOF', 'NO', 'ONE')
    await recovers(all)
  })
})

test('a reply that was lost fails its call, retryable; it was done', async (context) => {
  const all = await world(await ownRedis(context))
  const lost = all.proxy.dropReply(1, (request) => request.includes('INCR'))
  await expect(all.link.command('INCR', `${all.link.prefix}n`)).rejects.toMatchObject({
    code: 'FW_STORE_FAILED',
    retryable: true,
  })
  await lost
  expect(await all.server.say('GET', `${all.link.prefix}n`)).toBe('1')
  expect(await all.link.command('INCR', `${all.link.prefix}n`)).toBe(2)
})

test('calls that nobody answers do not pile up: all fail, and each attempt is shared', async (context) => {
  const all = await world(await ownRedis(context))
  await all.proxy.refuse()
  all.proxy.cut()
  const before = all.proxy.accepted
  const answers = await Promise.allSettled(Array.from({ length: 100 }, () => all.link.command('PING')))
  expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
  await all.proxy.heal()
  await recovers(all)
  expect(all.proxy.accepted - before).toBeLessThanOrEqual(4)
})

test('a slow connection is no dead one: a long answer may take its time', async (context) => {
  const server = await ownRedis(context)
  const proxy = await ownProxy(server)
  const link = openLink({ redis: `redis://127.0.0.1:${proxy.port}`, silenceMs: 400 })
  await link.open()
  onTestFinished(() => link.close())
  await server.say('SET', 'long', 'x'.repeat(3_000))
  proxy.throttle(2_000)
  expect(await link.command('GET', 'long')).toHaveLength(3_000)
  expect(proxy.accepted).toBe(1)
})

test('our own loop stood still: what has come meanwhile is read before anybody is called dead', async (context) => {
  const server = await ownRedis(context)
  const proxy = await ownProxy(server)
  const link = openLink({ redis: `redis://127.0.0.1:${proxy.port}`, silenceMs: 300 })
  await link.open()
  onTestFinished(() => link.close())
  const answer = link.command('PING')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800)
  expect(await answer).toBe('PONG')
  expect(proxy.accepted).toBe(1)
})

test('a foreign value in place of the bell: everybody looks now and then, and nobody spins', async (context) => {
  const all = await world(await ownRedis(context))
  await all.server.say('SET', all.link.prefix + all.link.bell, 'foreign')
  await all.server.say('CLIENT', 'KILL', 'TYPE', 'normal')
  const calls = async () => Number(/cmdstat_blmpop:calls=(\d+)/.exec(await all.server.say('INFO', 'commandstats'))![1])
  const before = await calls()
  const rings = all.rings()
  await vi.waitFor(() => expect(all.rings()).toBeGreaterThan(rings + 2), { timeout: 5_000 })
  expect((await calls()) - before).toBeLessThanOrEqual(all.rings() - rings + 1)
  await all.server.say('DEL', all.link.prefix + all.link.bell)
  await recovers(all)
})

test('closing does not wait for anybody', async (context) => {
  const server = await ownRedis(context)
  const link = openLink({ redis: server.url })
  await link.open()
  link.hear('s', () => {})
  server.pause()
  const waiting = expect(link.command('PING')).rejects.toMatchObject({ code: 'FW_DRIVER_CLOSED' })
  const fromMs = performance.now()
  await link.close()
  await waiting
  expect(performance.now() - fromMs).toBeLessThan(1_000)
  server.resume()
})
