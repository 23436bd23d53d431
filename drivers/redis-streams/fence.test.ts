import { expect, test } from 'vitest'
import { streamsPlace } from '../../test/support/redis-streams-harness.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { dead, done, idsOf, release, retry } from '../conformance/hand.ts'

const jobs = (count: number): StoredJob[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `j${n}`,
    queue: 'q',
    name: 'work',
    priority: 5,
    body: `{"v":1,"d":${n}}`,
  }))

test('whom the list of pending entries names may settle, and nobody else: somebody took it over by hand', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  await worker.add(...jobs(20))
  const loans = await worker.take('q')
  const [[entry]] = (await redis.xrange(key('queue:q'), '-', '+', 'COUNT', 1)) as [[string, string[]]]
  await redis.xclaim(key('queue:q'), 'fiber-work', 'ada', 0, entry)
  const outcomes = (await worker.settle(loans, done)).map(({ outcome }) => outcome)
  expect(outcomes).toEqual(['stale', ...Array.from({ length: 19 }, () => 'settled')])
  expect(await redis.xlen(key('queue:q'))).toBe(1)
})

test.for([done, dead, retry, release])(
  'of what was acknowledged by hand nothing is written: $kind',
  async (verdict, context) => {
    const { open, redis, key } = await streamsPlace(context)
    const worker = await open()
    await worker.add(...jobs(1))
    const loan = await worker.takeOne('q')
    const [[entry]] = (await redis.xrange(key('queue:q'), '-', '+')) as [[string, string[]]]
    await redis.xack(key('queue:q'), 'fiber-work', entry)
    expect(await worker.settleOne(loan, verdict)).toBe('stale')
    expect(await worker.depth('q')).toMatchObject({ dead: 0, delayed: 0, running: 0 })
  },
)

test('a few out of many that run: each is found', async (context) => {
  const worker = await (await streamsPlace(context)).open()
  await worker.add(...jobs(1_000))
  const loans = await worker.take('q', 1_000)
  const some = loans.filter((_, n) => n % 37 === 0)
  expect((await worker.settle(some.toReversed(), done)).every(({ outcome }) => outcome === 'settled')).toBe(true)
  expect((await worker.settle(some, done)).every(({ outcome }) => outcome === 'stale')).toBe(true)
  expect((await worker.depth('q')).running).toBe(1_000 - some.length)
})

test('a session that was forgotten gives back what its consumer holds', async (context) => {
  const { open, redis, key, keys } = await streamsPlace(context)
  const [worker, other] = [await open(), await open()]
  await worker.add(...jobs(3))
  await worker.take('q')
  const id = worker.session.slice(worker.session.lastIndexOf(':') + 1)
  await redis.zrem(key('sessions'), id)
  await redis.del(key(`s:${id}`), key(`streams:${id}`))
  let taken = 0
  for (let i = 0; i < 5 && taken < 3; i++) taken += (await other.driver.sweep(100)).taken
  expect(taken).toBe(3)
  expect(idsOf(await other.take('q')).toSorted()).toEqual(['j0', 'j1', 'j2'])
  expect((await keys()).filter((name) => name === `streams:${id}`)).toEqual([])
})

test('a consumer that is no session of ours is left alone', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  await worker.add(...jobs(2))
  await worker.takeOne('q')
  await redis.xreadgroup('GROUP', 'fiber-work', 'ada', 'COUNT', 1, 'STREAMS', key('queue:q'), '>')
  for (let i = 0; i < 3; i++) expect(await worker.driver.sweep(100)).toEqual({ taken: 0, more: false })
  expect((await worker.depth('q')).running).toBe(2)
})
