import { expect, onTestFinished, test, type TestContext } from 'vitest'
import type { LimitSettings } from '../../src/contract/index.ts'
import { ownRedis } from '../../test/support/redis.ts'
import { done, Hand } from '../conformance/hand.ts'
import { redisDriver } from './index.ts'

const hourMs = 3_600_000

async function opened(context: TestContext): Promise<Hand> {
  const { url } = await ownRedis(context)
  const driver = redisDriver({ redis: url, shards: 3 })
  onTestFinished(() => driver.close())
  await driver.prepare()
  return new Hand(driver).open()
}

let made = 0
const jobs = (count: number, queue = 'q', group?: string) =>
  Array.from({ length: count }, () => ({
    id: `j${made++}`,
    queue,
    name: 'work',
    priority: 5,
    body: '',
    ...(group !== undefined && { group }),
  }))

test.for<[string, LimitSettings, number]>([
  ['concurrencyMax', { concurrencyMax: 10 }, 10],
  ['a quota', { quota: { jobs: 11, perMs: 100 * 366 * 24 * hourMs } }, 11],
  ['a rate', { rates: [{ tokens: 12, perMs: hourMs, burst: 7 }] }, 7],
  [
    'several rates',
    {
      rates: [
        { tokens: 90, perMs: hourMs, burst: 90 },
        { tokens: 4, perMs: hourMs, burst: 4 },
      ],
    },
    4,
  ],
  ['the tightest', { concurrencyMax: 9, quota: { jobs: 100, perMs: hourMs * 9_000_000 } }, 9],
  ['concurrencyMax 0', { concurrencyMax: 0 }, 0],
])('%s of a queue: all shards together give that many, where each has enough', async ([, settings, most], context) => {
  const hand = await opened(context)
  await hand.driver.limits!.set('q', 'queue', settings, 1)
  await hand.add(...jobs(300))
  const loans = await hand.take('q', 300)
  expect(loans).toHaveLength(most)
  expect(await hand.take('q', 300)).toEqual([])
  expect((await hand.driver.limits!.read('q')).queue).toEqual(settings)
  await hand.settle(loans, done)
  await hand.driver.limits!.set('q', 'queue', {}, 2)
  expect((await hand.driver.limits!.read('q')).queue).toEqual({})
  expect(await hand.take('q', 300)).toHaveLength(300 - most)
})

test('what a divided rate and quota leave is told as one', async (context) => {
  const hand = await opened(context)
  const rate = { tokens: 12, perMs: hourMs, burst: 9 }
  const quota = { jobs: 30, perMs: 100 * 366 * 24 * hourMs }
  await hand.driver.limits!.set('q', 'queue', { rates: [rate], quota }, 1)
  expect((await hand.driver.limits!.read('q')).left).toMatchObject({
    rates: [{ ...rate, left: 9, fullInMs: 0 }],
    quota: { jobs: 30, left: 30 },
    nextInMs: 0,
  })
  await hand.add(...jobs(300))
  expect(await hand.take('q', 300)).toHaveLength(9)
  const { left } = await hand.driver.limits!.read('q')
  expect(left).toMatchObject({ rates: [{ left: 0 }], quota: { left: 21 } })
  // A token of each shard takes a quarter of an hour; all of them are full after three.
  expect(left!.nextInMs).toBeGreaterThan(hourMs / 4 - 60_000)
  expect(left!.nextInMs).toBeLessThanOrEqual(hourMs / 4)
  expect(left!.rates[0]!.fullInMs).toBeLessThanOrEqual((3 * hourMs) / 4)
})

test('depthMax is divided: never more than that wait', async (context) => {
  const hand = await opened(context)
  await hand.driver.limits!.set('q', 'queue', { depthMax: 20 }, 1)
  const added = await hand.enqueue(jobs(300))
  expect(added.filter(({ outcome }) => outcome === 'added')).toHaveLength(20)
  expect((await hand.depth('q')).ready).toBe(20)
})

test.for<[string, LimitSettings]>([
  ['concurrencyMax 2', { concurrencyMax: 2 }],
  ['depthMax 1', { depthMax: 1 }],
  ['a quota of 2', { quota: { jobs: 2, perMs: hourMs } }],
  ['a rate with a burst of 1', { rates: [{ tokens: 100, perMs: hourMs, burst: 1 }] }],
])('%s cannot be divided among three shards, and changes nothing', async ([says, settings], context) => {
  const hand = await opened(context)
  const { limits } = hand.driver
  await limits!.set('q', 'queue', { concurrencyMax: 5 }, 1)
  const refusal = { code: 'FW_DRIVER_TRAIT', message: expect.stringContaining(`"q" has ${says}, which`) as string }
  await expect(limits!.set('q', 'queue', settings, 2)).rejects.toMatchObject(refusal)
  expect(await limits!.read('q')).toMatchObject({ queue: { concurrencyMax: 5 }, revision: 1 })
})

test('limits of groups are exact, of each and of one', async (context) => {
  const hand = await opened(context)
  const { limits } = hand.driver
  await limits!.set('q', 'groups', { concurrencyMax: 1 }, 1)
  await limits!.set('q', { group: 'vip' }, { concurrencyMax: 2 }, 1)
  const groups = ['a', 'b', 'c', 'd', 'vip']
  for (const group of groups) await hand.add(...jobs(10, 'q', group))
  const loans = await hand.take('q', 50)
  const counts = groups.map((group) => loans.filter(({ job }) => job.group === group).length)
  expect(counts).toEqual([1, 1, 1, 1, 2])
  await limits!.freeze('q', 'vip', Date.now() + hourMs)
  await hand.settle(loans, done)
  expect(new Set((await hand.take('q', 50)).map(({ job }) => job.group))).toEqual(new Set(['a', 'b', 'c', 'd']))
  expect(await limits!.read('q')).toMatchObject({
    groups: { concurrencyMax: 1 },
    group: { vip: { concurrencyMax: 2 } },
    frozen: [{ group: 'vip' }],
  })
})

test('an older revision changes nothing, of whatever scope', async (context) => {
  const { limits } = (await opened(context)).driver
  expect(await limits!.set('q', 'queue', { concurrencyMax: 6 }, 5)).toBe(true)
  for (const scope of ['queue', 'groups', { group: 'a' }, { group: 'acme' }] as const) {
    expect(await limits!.set('q', scope, { concurrencyMax: 9 }, 4)).toBe(false)
    expect(await limits!.read('q')).toMatchObject({ queue: { concurrencyMax: 6 }, groups: {}, group: {}, revision: 5 })
    expect(await limits!.set('q', scope, { concurrencyMax: 6 }, 5)).toBe(true)
    await limits!.set('q', scope, scope === 'queue' ? { concurrencyMax: 6 } : {}, 5)
  }
})
