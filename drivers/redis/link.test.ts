import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { loadIoredis } from './client.ts'
import { type Link, openLink } from './link.ts'
import type { RedisOptions } from './options.ts'
import type { Script } from './script.ts'

const script = (text: string): Script => ({
  name: 'trial',
  text,
  sha: createHash('sha1').update(text).digest('hex'),
})

const echo = script('return {KEYS[1], #ARGV, ARGV[1]}')

async function opened(options: RedisOptions): Promise<Link> {
  const link = openLink(options)
  await link.open()
  onTestFinished(() => link.close())
  return link
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as Error & { code: string; retryable: boolean },
  )

/** The names of our connections. */
async function connections(server: RedisServer): Promise<string[]> {
  const list = await server.say('CLIENT', 'LIST')
  return [...list.matchAll(/ name=(fiber-work\S*)/g)].map(([, name]) => name!).toSorted()
}

test('scripts run with the prefix as their key, whether the server knows them or not', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url, installation: 'a' })
  expect(await link.run(echo, ['x', 2])).toEqual(['{a}:', 2, 'x'])
  await server.say('SCRIPT', 'FLUSH')
  expect(await Promise.all([link.run(echo, [1]), link.run(echo, [2])])).toEqual([
    ['{a}:', 1, '1'],
    ['{a}:', 1, '2'],
  ])
  const evals = async () => /cmdstat_eval:calls=(\d+)/.exec(await server.say('INFO', 'commandstats'))![1]
  const before = await evals()
  expect(await link.run(echo, [3])).toEqual(['{a}:', 1, '3'])
  expect(await evals()).toBe(before)
})

test('what one turn sends leaves in one write', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  await link.run(echo, [])
  const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await server.say('INFO', 'stats'))![1])
  const one = await reads()
  const two = await reads()
  await Promise.all([link.run(echo, [1]), link.command('PING'), Promise.resolve().then(() => link.run(echo, [2]))])
  expect((await reads()) - two - (two - one)).toBe(1)
})

test('drivers share it: two connections, until the last has closed', async (context) => {
  const server = await ownRedis(context)
  const link = openLink({ redis: server.url })
  const [facts, again] = await Promise.all([link.open(), link.open()])
  expect(again).toBe(facts)
  expect(await connections(server)).toEqual(['fiber-work'])
  const rang = vi.fn()
  const undo = [link.hear('a', rang), link.hear('b', rang)]
  await vi.waitFor(async () => expect(await connections(server)).toEqual(['fiber-work', 'fiber-work:bell']))
  for (const end of undo) end()
  await link.close()
  expect(await link.command('PING')).toBe('PONG')
  await link.close()
  await expect(link.command('PING')).rejects.toMatchObject({ code: 'FW_DRIVER_CLOSED' })
  expect(() => link.hear('a', rang)).toThrow(expect.objectContaining({ code: 'FW_DRIVER_CLOSED' }))
  await vi.waitFor(async () => expect(await connections(server)).toEqual([]))
  await link.close()
  await link.open()
  expect(await link.command('PING')).toBe('PONG')
  await link.close()
})

test('the bell rings for whom it is rung, once however often', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  const heard: string[] = []
  const end = link.hear('a', () => heard.push('a'))
  link.hear('b', () => heard.push('b'))
  const ring = (...sessions: string[]) => link.command('RPUSH', link.prefix + link.bell, ...sessions)
  await ring('a', 'a', 'nobody')
  await vi.waitFor(() => expect(heard).toEqual(['a']))
  end()
  await ring('a', 'b')
  await vi.waitFor(() => expect(heard).toEqual(['a', 'b']))
})

test('a process that waits sends next to nothing', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  link.hear('a', () => {})
  const calls = async () => Number(/total_commands_processed:(\d+)/.exec(await server.say('INFO', 'stats'))![1])
  const before = await calls()
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  // One of them is the question itself.
  expect((await calls()) - before).toBeLessThanOrEqual(4)
})

describe("a user's own instance", () => {
  test('is a recipe: nothing is sent over it, its prefix is ours, it is not closed', async (context) => {
    const server = await ownRedis(context, { password: 'pw' })
    const own = new Redis({
      port: server.port,
      password: 'pw',
      keyPrefix: 'app:',
      db: 3,
      stringNumbers: true,
      enableAutoPipelining: true,
    })
    onTestFinished(() => own.disconnect())
    await once(own, 'ready')
    const sent = vi.spyOn(own, 'sendCommand')
    const link = openLink({ redis: own })
    await link.open()
    expect(
      await link.run(script("redis.call('SET', KEYS[1] .. 'x', 1) return redis.call('STRLEN', KEYS[1] .. 'x')"), []),
    ).toBe(1)
    await link.close()
    expect(sent).not.toHaveBeenCalled()
    expect([await own.get('{fiber-work}:x'), own.status]).toEqual(['1', 'ready'])
  })
})

describe('at the door', () => {
  const attempt = (redis: RedisOptions['redis'], more: RedisOptions = {}) =>
    failure(openLink({ redis, ...more } as RedisOptions).open())

  test.for<[string, (port: number) => string | object, { code: string; retryable: boolean }, RegExp]>([
    [
      'a wrong password',
      (port) => `redis://:wrong@127.0.0.1:${port}`,
      { code: 'FW_CONNECT_FAILED', retryable: false },
      /WRONGPASS/,
    ],
    [
      'a wrong user',
      (port) => `redis://joe:pw@127.0.0.1:${port}`,
      { code: 'FW_CONNECT_FAILED', retryable: false },
      /WRONGPASS/,
    ],
    ['no password', (port) => `redis://127.0.0.1:${port}`, { code: 'FW_CONNECT_FAILED', retryable: false }, /NOAUTH/],
    [
      'no such database',
      (port) => `redis://:pw@127.0.0.1:${port}/99`,
      { code: 'FW_CONNECT_FAILED', retryable: false },
      /database of this number/,
    ],
    [
      'a cluster that is none',
      (port) => `redis+cluster://:pw@127.0.0.1:${port}`,
      { code: 'FW_CONNECT_FAILED', retryable: false },
      /no cluster; use redis:/,
    ],
    [
      'a sentinel that is none',
      (port) => `redis+sentinel://127.0.0.1:${port}/m`,
      { code: 'FW_CONNECT_FAILED', retryable: true },
      /no sentinel/,
    ],
  ])('%s', async ([, redis, told, says], context) => {
    const server = await ownRedis(context, { password: 'pw' })
    const error = await attempt(redis(server.port) as string)
    expect(error).toMatchObject(told)
    expect(error.message).toMatch(says)
    expect(error.message).not.toMatch(/pw@|:wrong/)
  })

  test('nobody there, no such host', async () => {
    expect(await attempt('redis://127.0.0.1:1')).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    const error = await attempt('redis://:geheim@no-such-host.invalid')
    expect(error).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    expect(error.message).not.toContain('geheim')
  })

  test('too many clients', async (context) => {
    const server = await ownRedis(context, { config: { maxclients: 1 } })
    const link = await opened({ redis: server.url })
    const error = await attempt(server.url)
    expect(error).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    expect(error.message).toContain('maxclients')
    expect(await link.command('PING')).toBe('PONG')
  })

  test('a replica', async (context) => {
    const [master, server] = [await ownRedis(context), await ownRedis(context)]
    await server.say('REPLICAOF', '127.0.0.1', master.port)
    expect(await attempt(server.url)).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: true,
      message: expect.stringContaining('replica') as string,
    })
  })

  test('a server that says nothing', async (context) => {
    const server = await ownRedis(context)
    server.pause()
    const error = await attempt(server.url, { connectTimeoutMs: 300 })
    server.resume()
    expect(error).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: true,
      message: expect.stringContaining('300 ms') as string,
    })
  })

  test('no ioredis', async () => {
    const missing = Object.assign(new Error("Cannot find package 'ioredis'"), { code: 'ERR_MODULE_NOT_FOUND' })
    const error = await failure(loadIoredis(() => Promise.reject(missing)))
    expect(error).toMatchObject({
      code: 'FW_DRIVER_MISSING',
      retryable: false,
      message: expect.stringContaining('npm install ioredis') as string,
    })
    await expect(loadIoredis(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  })

  test('who failed to open may try again', async (context) => {
    const server = await ownRedis(context)
    const link = openLink({ redis: server.url })
    await server.kill()
    await Promise.all([failure(link.open()), failure(link.open())])
    await server.start()
    expect(await link.open()).toMatchObject({ name: 'Redis' })
    await link.close()
  })
})

describe('what a server says no with', () => {
  const write = script("return redis.call('SET', KEYS[1] .. 'x', ARGV[1])")

  test('OOM', async (context) => {
    const server = await ownRedis(context)
    const link = await opened({ redis: server.url })
    await server.say('CONFIG', 'SET', 'maxmemory', 1)
    expect(await failure(link.run(write, ['x']))).toMatchObject({ code: 'FW_STORE_FULL', retryable: true })
    await server.say('CONFIG', 'SET', 'maxmemory', 0)
    expect(await link.run(write, ['x'])).toBe('OK')
  })

  test('MISCONF', async (context) => {
    const dir = await mkdtemp(join(tmpdir(), 'fiber-work-dir-'))
    const server = await ownRedis(context, { config: { save: '3600 1', dir } })
    const link = await opened({ redis: server.url })
    await link.run(write, ['x'])
    await rm(dir, { recursive: true })
    await server.say('BGSAVE').catch(() => {})
    await vi.waitFor(async () =>
      expect(await server.say('INFO', 'persistence')).toContain('rdb_last_bgsave_status:err'),
    )
    expect(await failure(link.run(write, ['x']))).toMatchObject({
      code: 'FW_STORE_FAILED',
      retryable: true,
      message: expect.stringContaining('cannot save') as string,
    })
  })

  test('NOPERM, at the door and inside a script', async (context) => {
    const server = await ownRedis(context)
    await server.say('ACL', 'SETUSER', 'ada', 'on', '>pw', '~*', '+@all', '-set', '-ping')
    const link = await opened({ redis: { host: '127.0.0.1', port: server.port, username: 'ada', password: 'pw' } })
    for (const promise of [link.command('PING'), link.run(write, ['x'])]) {
      expect(await failure(promise)).toMatchObject({
        code: 'FW_STORE_FAILED',
        retryable: false,
        message: expect.stringContaining('may not do that') as string,
      })
    }
  })

  test('WRONGTYPE: a foreign value in our key, and which line met it', async (context) => {
    const server = await ownRedis(context)
    const link = await opened({ redis: server.url })
    await link.command('RPUSH', `${link.prefix}x`, 'foreign')
    const read = script("local x = 1\nreturn redis.call('GET', KEYS[1] .. 'x')")
    const error = await failure(link.run(read, []))
    expect(error).toMatchObject({ code: 'FW_STORE_CORRUPT', retryable: false })
    expect(error.message).toContain("at line 2 of trial: return redis.call('GET', KEYS[1] .. 'x')")
  })

  test('errors that a script answers by code', async (context) => {
    const server = await ownRedis(context)
    const link = await opened({ redis: server.url })
    const error = await failure(link.run(script("return redis.error_reply('FW_LEASE_REVOKED it was taken back')"), []))
    expect(error).toMatchObject({ code: 'FW_LEASE_REVOKED', retryable: true, message: 'it was taken back' })
  })

  test('LOADING, until it has loaded', async (context) => {
    const server = await ownRedis(context, {
      config: { appendonly: 'yes', 'key-load-delay': 300, 'loading-process-events-interval-bytes': 1024 },
    })
    const link = await opened({ redis: server.url })
    await link.run(script("for i = 1, 5000 do redis.call('SET', KEYS[1] .. i, string.rep('x', 100)) end"), [])
    await server.restart()
    const error = await failure(link.run(write, ['x']).catch(() => link.run(write, ['x'])))
    expect(error).toMatchObject({
      code: 'FW_STORE_FAILED',
      retryable: true,
      message: expect.stringContaining('loading') as string,
    })
    await vi.waitFor(async () => expect(await link.run(write, ['x'])).toBe('OK'), { timeout: 10_000 })
  })
})
