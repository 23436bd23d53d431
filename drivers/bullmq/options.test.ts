import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { bullmqPlace, noRedis } from '../../test/support/bullmq.ts'
import { type BullmqOptions, bullmqDriver } from './index.ts'
import { settingsOf } from './options.ts'
import { loadPackages } from './packages.ts'

it('a URL says where, who, which database and which prefix', () => {
  const { redis, prefix, leaseMs, place } = settingsOf({
    url: 'bullmq+rediss://me:a%2Fb@[::1]:6380/3?prefix=%7Bmine%7D',
    leaseMs: 5_000,
  })
  expect(redis).toEqual({ host: '::1', port: 6380, db: 3, username: 'me', password: 'a/b', tls: {} })
  expect([prefix, leaseMs, place]).toEqual(['{mine}', 5_000, '::1:6380'])
  expect(settingsOf({})).toMatchObject({ redis: { host: '127.0.0.1', port: 6379, db: 0 }, prefix: 'bull' })
  expect(settingsOf({ prefix: 'a', redis: { db: 2 } })).toMatchObject({ prefix: 'a', redis: { db: 2 } })
})

it.each<[BullmqOptions, RegExp]>([
  [{ url: 'redis://127.0.0.1' }, /is not of the form bullmq\+redis:/],
  [{ url: 'bullmq+redis://me:secret@h:port' }, /is not of the form/],
  [{ url: 'bullmq+redis://h/zero' }, /database in the URL is "zero"/],
  [{ url: 'bullmq+redis://h/0?prefx=a' }, /Did you mean "prefix"/],
  [{ url: 'bullmq+redis://me:%E0%A4@h/0' }, /write it as %25/],
  [{ prefix: '' }, /prefix is empty/],
  [{ leaseMs: 0 }, /leaseMs is 0/],
  [{ redis: { keyPrefix: 'a' } }, /takes no `keyPrefix`/],
])('%j is refused', (options, message) => {
  expect(() => bullmqDriver(options)).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID' }))
  expect(() => bullmqDriver(options)).toThrow(message)
  expect(() => bullmqDriver(options)).not.toThrow(/secret/)
})

it.skipIf(noRedis)(
  'a server that is not there, or does not want us, fails the open at once, without the password',
  async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const gone = bullmqDriver({ url: `bullmq+redis://me:secret@127.0.0.1:${port}/0` })
    const failure = await gone.open().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    expect(String(failure)).not.toContain('secret')

    const { url } = bullmqPlace()
    const stranger = bullmqDriver({ url: url.replace('//', '//nobody:secret@') })
    const refused = await stranger.open().catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: false })
    expect(String(refused)).not.toContain('secret')
  },
)

it('a package that is not installed is named; one that is broken is not called missing', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  const load = (name: string) => (name === 'ioredis' ? Promise.reject(missing) : Promise.resolve({}))
  await expect(loadPackages(load)).rejects.toMatchObject({
    code: 'FW_DRIVER_MISSING',
    message: expect.stringMatching(/package ioredis: npm install bullmq ioredis/) as string,
  })
  const broken = new SyntaxError('broken')
  await expect(loadPackages(() => Promise.reject(broken))).rejects.toBe(broken)
})
