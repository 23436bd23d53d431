import { describe, expect, test } from 'vitest'
import { ownRedis } from '../../test/support/redis.ts'
import { openLink, type ServerFacts } from './link.ts'
import { judge } from '../redis-common/server.ts'

const info = { redis_version: '7.0.15', maxmemory_policy: 'noeviction', aof_enabled: '1', cluster_enabled: '0' }
const config = {
  'maxmemory-policy': 'noeviction',
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
}

describe('the durability of a server', () => {
  test.each<[object, ServerFacts['durable'], string | undefined]>([
    [{}, 'power', undefined],
    [{ 'no-appendfsync-on-rewrite': 'yes' }, 'system', undefined],
    [{ appendfsync: 'everysec' }, 'system', undefined],
    [{ appendfsync: 'no' }, 'system', 'appendfsync no'],
    [{ appendonly: 'no' }, 'process', 'appendonly no'],
  ])('%o', (changed, durable, warning) => {
    const facts = judge(info, { ...config, ...changed })
    expect(facts.durable).toBe(durable)
    expect(facts.warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)])
  })

  test.each<[Record<string, string>, ServerFacts['durable'], string[]]>([
    [{ ...info }, 'system', []],
    [{ ...info, aof_enabled: '0' }, 'process', ['appendonly no']],
    [{}, 'process', ['may not ask for INFO', 'maxmemory-policy of the server is not known', 'is not known']],
  ])('where CONFIG is forbidden: %o', (told, durable, warnings) => {
    const facts = judge(told, undefined)
    expect(facts).toMatchObject({ durable, version: told['redis_version'] ?? 'unknown' })
    expect(facts.warnings).toEqual(warnings.map((text) => expect.stringContaining(text) as string))
  })
})

test.each([
  ['allkeys-lru', true],
  ['volatile-ttl', true],
  ['noeviction', false],
])('maxmemory-policy %s: evicts %s', (policy, evicts) => {
  const facts = judge(info, { ...config, 'maxmemory-policy': policy })
  expect([facts.evicts, facts.warnings.some((text) => text.includes(policy))]).toEqual([evicts, evicts])
})

describe('the version', () => {
  test.each(['6.2.14', '5.0.0', '2.8.0'])('%s is too old', (version) => {
    const tooOld = expect.objectContaining({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining(version) as string,
    })
    expect(() => judge({ ...info, redis_version: version }, config)).toThrow(tooOld as Error)
  })

  test('Valkey has one of its own', () => {
    expect(judge({ ...info, redis_version: '7.2.4', valkey_version: '8.1.0' }, config)).toMatchObject({
      name: 'Valkey',
      version: '8.1.0',
    })
  })

  test('a cluster is one', () => expect(judge({ ...info, cluster_enabled: '1' }, config).cluster).toBe(true))
})

describe('a real server', () => {
  test.for<[Record<string, string>, object]>([
    [
      { appendonly: 'yes', appendfsync: 'always' },
      { durable: 'power', evicts: false, warnings: [] },
    ],
    [{ appendonly: 'yes' }, { durable: 'system', evicts: false }],
    [
      { 'maxmemory-policy': 'allkeys-lru', maxmemory: '100mb' },
      { durable: 'process', evicts: true },
    ],
  ])('with %o tells %o', async ([settings, facts], context) => {
    const server = await ownRedis(context, { config: settings })
    const link = openLink({ redis: server.url })
    expect(await link.open()).toMatchObject({
      name: 'Redis',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      ...facts,
    })
    await link.close()
  })

  test('may keep CONFIG and INFO to itself', async (context) => {
    const server = await ownRedis(context, { config: { appendonly: 'yes' } })
    await server.say('ACL', 'SETUSER', 'ada', 'on', '>pw', '~*', '+@all', '-config')
    await server.say('ACL', 'SETUSER', 'bob', 'on', '>pw', '~*', '+@all', '-config', '-info')
    for (const [user, version] of [
      ['ada', /^\d/],
      ['bob', /^unknown$/],
    ] as const) {
      const link = openLink({ redis: { host: '127.0.0.1', port: server.port, username: user, password: 'pw' } })
      expect((await link.open()).version).toMatch(version)
      await link.close()
    }
  })

  test.for<[string, RegExp]>([
    ['-eval', /EVAL.*may not/],
    ['-blmpop', /BLMPOP.*may not/],
    ['resetkeys', /may not/],
  ])('a user without the right (%s) learns of it at once', async ([rule, says], context) => {
    const server = await ownRedis(context)
    await server.say('ACL', 'SETUSER', 'ada', 'on', '>pw', '~*', '+@all', rule)
    const link = openLink({ redis: { host: '127.0.0.1', port: server.port, username: 'ada', password: 'pw' } })
    const refused = { code: 'FW_STORE_FAILED', retryable: false, message: expect.stringMatching(says) as string }
    await expect(link.open()).rejects.toMatchObject(refused)
  })
})
