import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { opened, trial } from '../../test/support/redis-link.ts'
import { ownRedis } from '../../test/support/redis.ts'
import { loadIoredis } from '../redis-common/client.ts'
import { openLink } from './link.ts'
import type { RedisOptions } from './options.ts'

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as Error & { code: string; retryable: boolean },
  )

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
  const write = trial("return redis.call('SET', KEYS[1] .. 'x', ARGV[1])")

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
    const read = trial("local x = 1\nreturn redis.call('GET', KEYS[1] .. 'x')")
    const error = await failure(link.run(read, []))
    expect(error).toMatchObject({ code: 'FW_STORE_CORRUPT', retryable: false })
    expect(error.message).toContain("at line 2 of trial: return redis.call('GET', KEYS[1] .. 'x')")
  })

  test('errors that a script answers by code', async (context) => {
    const server = await ownRedis(context)
    const link = await opened({ redis: server.url })
    const error = await failure(link.run(trial("return redis.error_reply('FW_LEASE_REVOKED it was taken back')"), []))
    expect(error).toMatchObject({ code: 'FW_LEASE_REVOKED', retryable: true, message: 'it was taken back' })
  })

  test('LOADING, until it has loaded', async (context) => {
    const server = await ownRedis(context, {
      config: { appendonly: 'yes', 'key-load-delay': 300, 'loading-process-events-interval-bytes': 1024 },
    })
    const link = await opened({ redis: server.url })
    await link.run(trial("for i = 1, 5000 do redis.call('SET', KEYS[1] .. i, string.rep('x', 100)) end"), [])
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
