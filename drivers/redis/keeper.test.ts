import { Cluster, Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import type { Receipt } from '../../src/contract/index.ts'
import { ownRedis } from '../../test/support/redis.ts'
import { keeperOf, makeKeeper } from './keeper.ts'
import { openLink } from './link.ts'
import { type RedisOptions, settingsOf } from './options.ts'
import { loadScript } from './script.ts'

const specOf = (options: RedisOptions) => keeperOf(settingsOf(options))

test('a keeper renews on a connection of its own, and accuses', async (context) => {
  const server = await ownRedis(context, { password: 'pw' })
  const options = { redis: server.url, installation: 'kept' }
  const link = openLink(options)
  await link.open()
  onTestFinished(() => link.close())
  const [id, name] = (await link.run(loadScript('open'), ['', 'host:1', 'nonce', 60_000])) as [string, string]
  const { module, settings } = specOf(options)!
  expect(await import(module)).toHaveProperty('makeKeeper', makeKeeper)
  const keeper = await makeKeeper(structuredClone(settings))
  await link.command('ZADD', `${link.prefix}sessions`, 1, id)
  expect(await keeper.renew(name, '{"late":7}')).toBe('alive')
  expect(Number(await link.command('ZSCORE', `${link.prefix}sessions`, id))).toBeGreaterThan(Date.now() + 30_000)
  expect(await link.command('HGET', `${link.prefix}s:${id}`, 'health')).toBe('{"late":7}')
  await keeper.accuse(name, [`${id}.3.0`, `${id}.12.4`] as Receipt[])
  expect(await link.command('HGET', `${link.prefix}s:${id}`, 'accused')).toBe('["3.0","12.4"]')
  expect(await server.say('CLIENT', 'LIST')).toContain('name=fiber-work:guardian')
  await link.command('ZREM', `${link.prefix}sessions`, id)
  expect(await keeper.renew(name, '{}')).toBe('revoked')
  await server.kill()
  await expect(keeper.renew(name, '{}')).rejects.toMatchObject({ retryable: true })
  await keeper.close()
  await expect(keeper.renew(name, '{}')).rejects.toMatchObject({ code: 'FW_DRIVER_CLOSED' })
})

test.each([
  [30_000, 3_000],
  [1_000, 250],
])('within a lease of %d ms it waits no longer than %d ms for an answer', (leaseMs, silenceMs) => {
  expect(specOf({ leaseMs })).toMatchObject({ settings: { silenceMs, connectTimeoutMs: silenceMs } })
})

test.each<[string, RedisOptions]>([
  ['a URL', { redis: 'rediss+sentinel://ada:pw@a,b/m' }],
  ['certificates', { redis: { host: 'h', tls: { ca: Buffer.from('ca'), cert: 'cert' } } }],
  ['an instance', { redis: new Redis({ lazyConnect: true, retryStrategy: () => 1, reconnectOnError: () => true }) }],
  [
    'a Cluster',
    {
      redis: new Cluster([7000], { lazyConnect: true, natMap: { 'a:1': { host: 'b', port: 2 } }, dnsLookup: () => {} }),
    },
  ],
])('%s goes over to a thread', (_, options) => {
  expect(specOf(options)).toMatchObject({ settings: { prefix: '{fiber-work}:' } })
})

test.each<[string, RedisOptions]>([
  ['a check of the certificate', { redis: { tls: { checkServerIdentity: () => undefined } } }],
  ['a connector', { redis: new Redis({ lazyConnect: true, Connector: class {} as never }) }],
  ['a map of addresses', { redis: new Cluster([7000], { lazyConnect: true, natMap: () => null }) }],
])('%s of your own does not: the beats renew', (_, options) => {
  expect(specOf(options)).toBeUndefined()
})
