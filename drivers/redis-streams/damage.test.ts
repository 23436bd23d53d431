import { expect, test } from 'vitest'
import { streamsPlace } from '../../test/support/redis-streams-harness.ts'
import { ownRedis } from '../../test/support/redis.ts'
import { isFiberWorkError, type StoredJob } from '../../src/contract/index.ts'
import { done, idsOf } from '../conformance/hand.ts'
import { inspectorOf } from '../conformance/law.ts'
import { redisDriver } from '../redis/index.ts'
import { redisStreamsDriver, redisStreamsStore } from './index.ts'

const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: `{"v":1,"d":"${id}"}`,
  ...fields,
})

test('a value of somebody else in the place of our stream is told, with the line that met it', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  await redis.set(key('queue:q'), 'foreign')
  const refused = { code: 'FW_STORE_CORRUPT', retryable: false, message: expect.stringContaining('XADD') as string }
  await expect(worker.enqueue([job('a')])).rejects.toMatchObject(refused)
  await expect(worker.reserve('q')).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT', retryable: false })
  await redis.del(key('queue:q'))
  await worker.add(job('b'))
  expect(await worker.takeIds('q')).toEqual(['b'])
})

test('an entry that somebody deleted while it ran: its job is settled, and its id is free', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  await worker.add(job('a'), job('b'))
  const loans = await worker.take('q')
  for (const [entry] of await redis.xrange(key('queue:q'), '-', '+')) await redis.xdel(key('queue:q'), entry)
  expect(await worker.settle(loans.slice(0, 1), done)).toEqual([{ outcome: 'settled' }])
  expect(await worker.settle(loans.slice(1), { kind: 'retry' })).toEqual([{ outcome: 'settled' }])
  await worker.add(job('a'), job('b'))
})

test('an evicted stream: what ran is stale, what waited is gone, and its ids are free again', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  await worker.add(job('runs'), job('waits', { queue: 'r' }))
  const loan = await worker.takeOne('q')
  await redis.del(key('queue:q'), key('queue:r'))
  expect(await worker.settleOne(loan, done)).toBe('stale')
  expect(await worker.takeIds('r')).toEqual([])
  expect(await inspectorOf(worker).find(['runs', 'waits'])).toEqual([undefined, undefined])
  expect(await inspectorOf(worker).audit()).toMatchObject({ checked: 2, repaired: 2 })
  await worker.add(job('runs'), job('waits', { queue: 'r' }))
  expect(await worker.takeIds('q')).toEqual(['runs'])
})

test('an evicted index of ids: everything runs, once', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  await worker.add(job('a'), job('b', { unique: { key: 'k', mode: 'keep' } }), job('c', { due: { inMs: 40 } }))
  await redis.del(key('ids'), key('keys:q'))
  await new Promise((resolve) => setTimeout(resolve, 60))
  const loans = await worker.take('q')
  expect(idsOf(loans).toSorted()).toEqual(['a', 'b', 'c'])
  expect((await worker.settle(loans, done)).every(({ outcome }) => outcome === 'settled')).toBe(true)
})

test('a reserve that is asked again names what was evicted meanwhile', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const [worker, other] = [await open({ leaseMs: 100 }), await open()]
  await worker.add(job('a'), job('b'))
  const call = worker.call()
  const first = await worker.reserve('q', 2, { call })
  await new Promise((resolve) => setTimeout(resolve, 130))
  expect(await other.driver.sweep(100)).toEqual({ taken: 2, more: false })
  expect(await worker.reserve('q', 2, { call })).toEqual(first)
  await other.settleOne((await other.take('q', 1))[0]!, done)
  expect(await worker.reserve('q', 2, { call })).toEqual({ jobs: first.jobs.slice(1), broken: ['a'] })
  expect(await redis.exists(key('queue:q'))).toBe(1)
})

test('a newer format is refused, and a prefix that is not of streams', async (context) => {
  const { open, redis, key, url, prefix } = await streamsPlace(context)
  await open()
  await redis.set(key('format'), 'streams 2')
  const prepared = () => redisStreamsDriver({ redis: url, prefix }).prepare()
  await expect(prepared()).rejects.toMatchObject({ code: 'FW_STORE_NEWER' })
  await redis.set(key('format'), '1')
  await expect(prepared()).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT' })
  await redis.set(key('format'), 'streams 1')
  const lists = redisDriver({ redis: url, installation: prefix })
  await expect(lists.prepare()).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT' })
  await lists.close()
})

test.each(['a{b', 'a}b', 'a\r\nb', '\ud800', 'x'.repeat(129), ''])('the prefix %j is refused', (prefix) => {
  expect(() => redisStreamsDriver({ prefix })).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID' }))
})

test.each([
  ['redis+streams://h?installation=x', 'unknown parameter "installation"'],
  ['redis+streams://h?prefx=x', 'Did you mean "prefix"?'],
  ['redis+streams://:geheim@h/x', 'not the number of a database'],
])('%s is refused: %s', (url, why) => {
  const told = { code: 'FW_CONFIG_INVALID', message: expect.stringContaining(why) as string }
  expect(() => redisStreamsStore(url)).toThrow(expect.objectContaining(told))
  expect(() => redisStreamsStore(url)).not.toThrow('geheim')
})

test('a wrong password is one clear line without it', async (context) => {
  const server = await ownRedis(context, { password: 'pw' })
  const driver = redisStreamsStore(`redis+streams://:geheim@127.0.0.1:${server.port}?prefix=p`)()
  const error = await driver.open().catch((error: unknown) => error)
  expect(isFiberWorkError(error) && [error.code, error.retryable]).toEqual(['FW_CONNECT_FAILED', false])
  expect((error as Error).message).toMatch(/WRONGPASS/)
  expect((error as Error).message).not.toMatch(/geheim/)
  await driver.close()
})

test('a server that is full refuses new jobs, and lets those that run end', async (context) => {
  const server = await ownRedis(context)
  const { open } = await streamsPlace(context, server.url)
  const worker = await open()
  await worker.add(job('a'), job('b'))
  const [one, other] = await worker.take('q')
  await server.say('CONFIG', 'SET', 'maxmemory', 1)
  await expect(worker.enqueue([job('c')])).rejects.toMatchObject({ code: 'FW_STORE_FULL', retryable: true })
  expect(await worker.settleOne(one!, done)).toBe('settled')
  expect(await worker.settleOne(other!, { kind: 'retry' })).toBe('settled')
  expect(await worker.takeIds('q')).toEqual(['b'])
})
