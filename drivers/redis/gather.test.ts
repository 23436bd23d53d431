import { expect, it } from 'vitest'
import { installation } from '../../test/support/redis-harness.ts'
import type { JobFilter, JobPage, JobRecord, PageRequest, StoredJob } from '../../src/contract/index.ts'
import type { Hand } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'

// More jobs of a state than are gathered at once, older than all others: what the laws' few jobs do not reach.

const hourMs = 3_600_000

const job = (n: number, fields: Partial<StoredJob> = {}): StoredJob => ({
  id: `j${String(n).padStart(6, '0')}`,
  queue: n % 10 === 9 ? 'r' : 'q',
  name: n % 200 === 3 ? 'rare' : 'work',
  priority: n % 3,
  body: '',
  ...fields,
})

async function add(hand: Hand, from: number, count: number, fields: (n: number) => Partial<StoredJob> = () => ({})) {
  for (let n = from; n < from + count; n += 1_000) {
    await hand.add(...Array.from({ length: 1_000 }, (_, i) => job(n + i, fields(n + i))))
  }
}

async function pagesOf(hand: Hand, filter: JobFilter, request: PageRequest): Promise<JobPage[]> {
  const pages: JobPage[] = []
  let cursor: string | undefined
  do {
    const page: JobPage = await inspectorOf(hand).list(filter, { ...request, ...(cursor !== undefined && { cursor }) })
    pages.push(page)
    cursor = page.cursor
  } while (cursor !== undefined)
  return pages
}

/** 3,000 done or dead, 2,500 running, 3,000 delayed with a key or without, then 4,000 that wait. */
async function world(hand: Hand) {
  await add(hand, 0, 7_000)
  for (let taken = 0; taken < 3_000; taken += 500) {
    const loans = await hand.take('q', 500)
    await hand.settle(loans.slice(0, 250), { kind: 'dead', reason: 'it broke' })
    await hand.settle(loans.slice(250), { kind: 'done', keep: { count: 10_000, ageMs: hourMs } })
  }
  for (let i = 0; i < 5; i++) await hand.take('q', 500)
  await add(hand, 7_000, 3_000, (n) => ({
    due: { inMs: hourMs + (n % 7) },
    ...(n % 2 === 0 && { unique: { key: `k${n}`, mode: 'keep' } }),
  }))
  await add(hand, 10_000, 4_000)
  const all = await pagesOf(hand, {}, { limit: 1_000 })
  return all.flatMap(({ jobs }) => jobs)
}

const filters: [JobFilter, (record: JobRecord) => boolean][] = [
  [{ states: ['done'] }, ({ state }) => state === 'done'],
  [{ states: ['dead', 'done'] }, ({ state }) => state === 'done' || state === 'dead'],
  [{ states: ['running'], queue: 'q' }, ({ state }) => state === 'running'],
  [{ states: ['running', 'dead'] }, ({ state }) => state === 'running' || state === 'dead'],
  [{ states: ['delayed'] }, ({ state }) => state === 'delayed'],
  [{ states: ['ready'], queue: 'q' }, ({ state, job }) => state === 'ready' && job.queue === 'q'],
  [{ queue: 'q' }, ({ job }) => job.queue === 'q'],
  [{ queue: 'r' }, ({ job }) => job.queue === 'r'],
  [{ queue: 'nobody' }, () => false],
  [{ states: ['dead', 'delayed'], name: 'rare' }, ({ state, job }) => job.name === 'rare' && state.startsWith('de')],
  [{ states: ['dead'], errorText: 'broke', idPrefix: 'j00' }, ({ state }) => state === 'dead'],
  [{ states: ['done'], errorText: 'broke' }, () => false],
]

it('is the same whether it was gathered or searched for, bounded or not', { timeout: 60_000 }, async (context) => {
  const hand = await (await installation(context)).open()
  const all = await world(hand)
  expect(all).toHaveLength(14_000)
  for (const [filter, isMeant] of filters) {
    const expected = all.filter(isMeant).map(({ job }) => job.id)
    for (const request of [{ limit: 1_000 }, { limit: 1_000, readMax: 1_500 }]) {
      const pages = await pagesOf(hand, filter, request)
      const ids = pages.flatMap(({ jobs }) => jobs.map(({ job }) => job.id))
      expect(ids, `${JSON.stringify(filter)} by ${JSON.stringify(request)}`).toEqual(expected)
    }
  }
  // Old ones fill their page at once.
  for (const states of [['done'], ['dead'], ['running']] as const) {
    const { jobs, cursor } = await inspectorOf(hand).list({ states: [...states] }, { limit: 50, readMax: 100 })
    expect([jobs.length, cursor === undefined]).toEqual([50, false])
  }
})

it('the newest that wait in one queue are found at the ends of its lines, late ones among them', async (context) => {
  const hand = await (await installation(context)).open()
  const inspector = inspectorOf(hand)
  await add(hand, 0, 2_000, () => ({ queue: 'q' }))
  for (let taken = 0; taken < 2_000; taken += 500)
    await hand.settle(await hand.take('q', 500), { kind: 'dead', reason: 'it broke' })
  await add(hand, 2_000, 2_000, () => ({ queue: 'q', due: { inMs: hourMs } }))
  await add(hand, 4_000, 3_000, () => ({ queue: 'q' }))
  // Into the midst, a whole slice, and few; some are given back, and stand before all others.
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => job(from + i).id)
  await inspector.retry([...ids(0, 1_500), ...ids(2_000, 1_500)])
  await add(hand, 7_000, 2_000, () => ({ queue: 'q' }))
  await inspector.retry([...ids(1_500, 5), ...ids(3_500, 5)])
  await hand.settle(await hand.take('q', 300), { kind: 'release' })
  await hand.add(...Array.from({ length: 1_500 }, (_, i) => job(20_000 + i, { queue: 'other' })))
  const ready = { queue: 'q', states: ['ready'] } as const satisfies JobFilter
  const expected = (await pagesOf(hand, {}, { limit: 1_000 }))
    .flatMap(({ jobs }) => jobs)
    .filter(({ state, job: { queue } }) => state === 'ready' && queue === 'q')
    .map((record) => record.job.id)
  expect(expected).toHaveLength(8_010)
  for (const limit of [20, 1_000]) {
    const pages = await pagesOf(hand, ready, { limit })
    expect(pages.flatMap(({ jobs }) => jobs.map((record) => record.job.id))).toEqual(expected)
  }
})

it('a page of a queue reads the ends of its lines, not all that wait there', { timeout: 60_000 }, async (context) => {
  const hand = await (await installation(context)).open()
  await add(hand, 0, 20_000, () => ({ queue: 'q', priority: 5, name: 'work' }))
  await add(hand, 20_000, 2_000, () => ({ queue: 'other' }))
  const { jobs, read } = await inspectorOf(hand).list({ queue: 'q', name: 'work' }, { limit: 20 })
  expect(jobs.map((record) => record.job.id)).toEqual(Array.from({ length: 20 }, (_, i) => job(19_999 - i).id))
  expect(read).toBeLessThanOrEqual(2_000)
})

it('shows each job once while others end, are retried and go', { timeout: 60_000 }, async (context) => {
  const hand = await (await installation(context)).open()
  await add(hand, 0, 4_000, () => ({ queue: 'q' }))
  const end = async () => hand.settle(await hand.take('q', 500), { kind: 'dead', reason: 'it broke' })
  for (let i = 0; i < 6; i++) await end()
  const expected = (await pagesOf(hand, { states: ['dead'] }, { limit: 1_000 })).flatMap(({ jobs }) => jobs)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page: JobPage = await inspectorOf(hand).list(
      { states: ['dead'] },
      { limit: 500, ...(cursor !== undefined && { cursor }) },
    )
    seen.push(...page.jobs.map(({ job }) => job.id))
    cursor = page.cursor
    await inspectorOf(hand).remove(seen.slice(-20))
    await inspectorOf(hand).trim!('q', ['dead'], { count: 10_000, ageMs: hourMs }, 100)
    await end()
  } while (cursor !== undefined)
  expect(new Set(seen).size).toBe(seen.length)
  const stayed = new Set(
    (await pagesOf(hand, { states: ['dead'] }, { limit: 1_000 })).flatMap(({ jobs }) => jobs).map(({ job }) => job.id),
  )
  const missed = expected.filter(({ job }) => stayed.has(job.id) && !seen.includes(job.id))
  expect(missed).toEqual([])
})

it('more groups than one script looks at, those with most ready jobs first, whether they take turns or are parked', async (context) => {
  const hand = await (await installation(context)).open()
  await add(hand, 0, 2_000, (n) => ({ queue: 'q', group: `g${n % 700}` }))
  await add(hand, 2_000, 1_000, () => ({ queue: 'q', group: 'big' }))
  const groups = (limit: number) => inspectorOf(hand).groups!('q', limit)
  const all = await groups(1_000)
  expect(all).toHaveLength(701)
  expect(all[0]).toEqual({ group: 'big', ready: 1_000, running: 0 })
  expect(all.reduce((sum, { ready }) => sum + ready, 0)).toBe(3_000)
  await limitsOf(hand).set('q', 'groups', { concurrencyMax: 1 }, 1)
  while ((await hand.take('q', 500)).length > 0);
  const parked = await groups(1_000)
  expect(parked).toHaveLength(701)
  expect(parked.every(({ running, held }) => running === 1 && held === 'concurrency')).toBe(true)
  expect(await groups(3)).toEqual(parked.slice(0, 3))
})

it('a group whose jobs were removed is not told, also when the others of its line stay', async (context) => {
  const hand = await (await installation(context)).open()
  await add(hand, 0, 1_000, (n) => ({ queue: 'q', group: n < 600 ? 'gone' : 'stays' }))
  const ids = Array.from({ length: 700 }, (_, n) => job(n).id)
  await inspectorOf(hand).cancel(ids.slice(0, 300))
  await inspectorOf(hand).remove(ids.slice(300))
  expect(await inspectorOf(hand).groups!('q', 10)).toEqual([{ group: 'stays', ready: 300, running: 0 }])
})
