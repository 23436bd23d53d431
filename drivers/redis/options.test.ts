import { Cluster, Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { type RedisOptions, settingsOf } from './options.ts'

const refused = (why: string) =>
  expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining(why) as string }) as Error

describe('the prefix', () => {
  test.each<[RedisOptions, string]>([
    [{}, '{fiber-work}:'],
    [{ installation: 'shop' }, '{shop}:'],
    [{ installation: 'shop', keyPrefix: 'app:' }, 'app:{shop}:'],
    [{ redis: 'redis://h?installation=url&keyPrefix=p:' }, 'p:{url}:'],
    [{ redis: 'redis://h?installation=url', installation: 'option' }, '{option}:'],
    [{ redis: { host: 'h', keyPrefix: 'p:' } }, 'p:{fiber-work}:'],
    [{ redis: new Redis({ lazyConnect: true, keyPrefix: 'p:' }) }, 'p:{fiber-work}:'],
    [{ redis: new Redis({ lazyConnect: true, keyPrefix: 'p:' }), keyPrefix: '' }, '{fiber-work}:'],
    [{ redis: new Cluster([7000], { lazyConnect: true, keyPrefix: 'p:' }) }, 'p:{fiber-work}:'],
    [{ redis: new Cluster([7000], { lazyConnect: true, redisOptions: { keyPrefix: 'q:' } }) }, 'q:{fiber-work}:'],
  ])('of %o', (options, prefix) => expect(settingsOf(options).prefix).toBe(prefix))

  test.each(['a{b', 'a}b', 'a\r\nb', 'a\0b', '\ud800', 'x'.repeat(129)])('%j is refused', (text) => {
    expect(() => settingsOf({ installation: text })).toThrow(refused('installation is'))
    expect(() => settingsOf({ keyPrefix: text })).toThrow(refused('keyPrefix is'))
    expect(() => settingsOf({ redis: new Redis({ lazyConnect: true, keyPrefix: text }) })).toThrow(
      refused('keyPrefix is'),
    )
  })

  test('an empty installation is refused', () => {
    expect(() => settingsOf({ installation: '' })).toThrow(refused('installation is empty'))
  })
})

describe('where the server is', () => {
  test.each<[RedisOptions['redis'], object]>([
    [undefined, { kind: 'server', address: 'redis://127.0.0.1:6379' }],
    [
      { host: 'h', port: 1, tls: {} },
      { kind: 'server', address: 'rediss://h:1', options: { host: 'h', port: 1 } },
    ],
    [{ path: '/run/redis.sock' }, { kind: 'server', address: 'redis+unix:///run/redis.sock' }],
    [
      { sentinels: [{ host: 's' }], name: 'm' },
      { kind: 'sentinel', address: 'redis+sentinel://s:26379/m' },
    ],
    [{ cluster: [{ host: 'a', port: 1 }] }, { kind: 'cluster', nodes: [{ host: 'a', port: 1 }] }],
    [new Redis({ lazyConnect: true, host: 'h', db: 2 }), { kind: 'server', address: 'redis://h:6379/2' }],
    [
      new Cluster(['redis://:geheim@a:1', { host: 'b', port: 2 }, 3], {
        lazyConnect: true,
        redisOptions: { password: 'pw' },
      }),
      {
        kind: 'cluster',
        address: 'redis+cluster://a:1,b:2,127.0.0.1:3',
        options: { password: 'pw' },
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: '127.0.0.1', port: 3 },
        ],
      },
    ],
  ])('%#', (redis, target) => expect(settingsOf({ ...(redis && { redis }) }).target).toMatchObject(target))

  test.each([[7], [null], ['tcp://h']])('%j is refused', (redis) => {
    expect(() => settingsOf({ redis: redis as never })).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID' }))
  })
})

test.each(['leaseMs', 'silenceMs', 'connectTimeoutMs', 'deadAgeMs'] as const)(
  '%s is a number of milliseconds',
  (name) => {
    expect(settingsOf({ [name]: 1234 })[name]).toBe(1234)
    for (const value of [-1, Number.NaN, Infinity]) expect(() => settingsOf({ [name]: value })).toThrow(refused(name))
  },
)
