import { expect, test, type TestContext, vi } from 'vitest'
import { type Installation, installation } from '../../test/support/redis-harness.ts'
import type { Reserved, StoredJob } from '../../src/contract/index.ts'
import { done, type Hand, idsOf, type Wish } from '../conformance/hand.ts'
import { limitsOf } from '../conformance/law.ts'

const job = (id: string, more: Partial<StoredJob> = {}): StoredJob => ({
  ...{ id, queue: 'q', name: 'n', priority: 5, body: `{"of":"${id}"}` },
  ...more,
})

interface World {
  store: Installation
  worker: Hand
  producer: Hand
}

async function world(context: TestContext): Promise<World> {
  const store = await installation(context)
  return { store, worker: await store.open(), producer: await store.open() }
}

/** Begins to wait for a job of `q`; resolves when the store knows of it. */
async function waits({ store, worker }: World, wish: Wish = {}): Promise<{ answer: Promise<Reserved> }> {
  const { call = worker.call() } = wish
  const answer = worker.reserve('q', 10, { waitMs: 5_000, ...wish, call })
  answer.catch(() => {})
  const held = store.key(`held:${worker.session.split(':').at(-1)}`)
  await vi.waitFor(async () => expect(await store.redis.hget(held, 'waits')).toBe(`${call.lane} ${call.seq}`))
  return { answer }
}

/** How many scripts the server has run for us. */
async function calls({ store }: World): Promise<number> {
  return Number(/cmdstat_fcall:calls=(\d+)/.exec(await store.redis.info('commandstats'))?.[1] ?? 0)
}

test('a job for which somebody waits comes by itself: nobody asks again, and it is a loan like any other', async (context) => {
  const all = await world(context)
  const { answer } = await waits(all)
  const before = await calls(all)
  await all.producer.add(job('a', { tags: ['t'], headers: { h: '1' } }))
  const { jobs, broken } = await answer
  expect(broken).toEqual([])
  expect(jobs).toMatchObject([{ job: job('a', { tags: ['t'], headers: { h: '1' } }), attempts: 1, crashes: 0 }])
  expect((await calls(all)) - before).toBe(1)
  expect(await all.worker.depth('q')).toMatchObject({ ready: 0, running: 1 })
  expect(await all.worker.settle(jobs, done)).toEqual([{ outcome: 'settled' }])
  expect(await all.worker.depth('q')).toMatchObject({ ready: 0, running: 0 })
})

test('one waits, two jobs come: the second stays for the next call', async (context) => {
  const all = await world(context)
  const { answer } = await waits(all)
  await all.producer.add(job('a'))
  await all.producer.add(job('b'))
  expect(idsOf((await answer).jobs)).toEqual(['a'])
  expect(await all.worker.takeIds('q')).toEqual(['b'])
})

test('a follow-up is handed over as well', async (context) => {
  const all = await world(context)
  await all.producer.add(job('a'))
  const loans = await all.producer.take('q')
  const { answer } = await waits(all)
  await all.producer.settle(loans, { kind: 'done', followUps: [job('b')] })
  expect(idsOf((await answer).jobs)).toEqual(['b'])
})

test('a bell that was cut off: the same call, asked again, has the job', async (context) => {
  const all = await world(context)
  const call = all.worker.call()
  const { answer } = await waits(all, { call })
  // Whoever reads the ring in our place is as good as a connection that breaks with it.
  const { redis, key } = all.store
  const idle = String((await redis.zpopmax(key('idle:q')))[0])
  const lost = idle.replace(/^\S+/, 'bell:lost')
  await redis.zadd(key('idle:q'), Date.now() + 60_000, lost)
  await all.producer.add(job('a'))
  expect(await redis.llen(key('bell:lost'))).toBe(1)
  const again = await all.worker.reserve('q', 10, { waitMs: 0, call })
  expect(idsOf(again.jobs)).toEqual(['a'])
  await redis.rpush(key(idle.split(' ')[0]!), all.worker.session.split(':').at(-1)!)
  expect(await answer).toEqual(again)
  expect(await all.worker.depth('q')).toMatchObject({ ready: 0, running: 1 })
})

test('a wait that has ended gets nothing: the job stays where everybody finds it', async (context) => {
  const all = await world(context)
  const stop = new AbortController()
  const { answer } = await waits(all, { signal: stop.signal })
  stop.abort()
  expect(await answer).toEqual({ jobs: [], broken: [] })
  await all.producer.add(job('a'))
  expect(await all.producer.takeIds('q')).toEqual(['a'])
})

test('a session that is over gets nothing', async (context) => {
  const all = await world(context)
  const waiting = await all.store.open({ leaseMs: 200 })
  await waits({ ...all, worker: waiting })
  await vi.waitFor(async () => {
    await all.producer.driver.sweep(100)
    expect(await all.store.redis.zcard(all.store.key('sessions'))).toBe(2)
  })
  await all.producer.add(job('a'))
  expect(await all.producer.takeIds('q')).toEqual(['a'])
})

test.for([
  ['a paused queue', async ({ worker }) => worker.driver.inspector!.pause(['q'])],
  ['a frozen queue', async ({ worker }) => limitsOf(worker).freeze('q', undefined, Date.now() + 60_000)],
  ['a cap', async ({ worker }) => limitsOf(worker).set('q', 'queue', { concurrencyMax: 1 }, 1)],
] as [string, (all: World) => Promise<unknown>][])('%s decides by itself', async ([, limits], context) => {
  const all = await world(context)
  await all.producer.add(job('first'))
  if ((await all.worker.takeIds('q')).length !== 1) throw new Error('There was nothing to take.')
  const { answer } = await waits(all, { waitMs: 300 })
  await limits(all)
  await all.producer.add(job('a'))
  expect((await answer).jobs).toEqual([])
  expect(await all.worker.depth('q')).toMatchObject({ ready: 1, running: 1 })
})

test('a unique key is held until the end, a large body is asked for', async (context) => {
  const all = await world(context)
  const { answer } = await waits(all)
  const large = job('a', { unique: { key: 'k', mode: 'keep' }, body: JSON.stringify('x'.repeat(100_000)) })
  await all.producer.add(large)
  const { jobs } = await answer
  expect(jobs).toMatchObject([{ job: large }])
  expect(await all.producer.enqueue([job('b', { unique: { key: 'k', mode: 'replace' } })])).toEqual([
    { outcome: 'duplicate', id: 'a' },
  ])
  await all.worker.settle(jobs, done)
  await all.producer.add(job('c', { unique: { key: 'k', mode: 'keep' } }))
})
