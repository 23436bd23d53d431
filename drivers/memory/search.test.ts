import { describe, expect, it } from 'vitest'
import type {
  Driver,
  JobFilter,
  JobPage,
  JobRecord,
  JobState,
  PageRequest,
  StoredJob,
  Verdict,
} from '../../src/contract/index.ts'
import { createMemoryStore, memoryDriver } from './index.ts'
import { virtualEnv } from './virtual-env.ts'

// More jobs than are looked at before anything is gathered from its places: what is found must be the same either way.

const signal = new AbortController().signal
const kept: Verdict = { kind: 'done', keep: { count: 100_000, ageMs: 10 ** 9 } }

/** 24,000 jobs of three queues: the oldest of `a` done or dead, others of it running or of a dead session, `b` delayed, `c` few and ready. */
async function world() {
  const env = virtualEnv()
  const store = createMemoryStore({ env })
  const [driver, other] = [memoryDriver({ store, env }), memoryDriver({ store, env, leaseMs: 50 })]
  await driver.open()
  await other.open()
  let seq = 0
  const call = () => ({ lane: 0, seq: ++seq })
  const job = (n: number): StoredJob => ({
    id: `${n}`,
    queue: n % 24 === 5 && n < 12_000 ? 'c' : n % 2 === 0 ? 'a' : 'b',
    name: n % 100 === 1 ? 'rare' : 'work',
    priority: n % 3,
    body: '',
    ...(n % 24 !== 5 && n % 2 === 1 && { due: { inMs: 10 ** 8 } }),
    ...(n % 7 === 0 && { group: `g${n % 5}` }),
  })
  await driver.enqueue(
    call(),
    Array.from({ length: 9_000 }, (_, n) => job(n)),
  )
  await driver.enqueue(
    call(),
    Array.from({ length: 9_000 }, (_, n) => job(9_000 + n)),
  )
  const take = (by: Driver, limit: number) =>
    by.reserve(call(), { demand: [{ queue: 'a', limit }], limit, waitMs: 0, signal })
  const { jobs } = await take(driver, 2_000)
  const settle = (from: number, to: number, verdict: Verdict) =>
    driver.settle(
      call(),
      jobs.slice(from, to).map(({ receipt }) => ({ receipt, verdict })),
    )
  await settle(0, 900, kept)
  await settle(900, 1_500, { kind: 'dead', reason: 'no' })
  await take(other, 300)
  await env.advance(60)
  await driver.enqueue(
    call(),
    Array.from({ length: 6_000 }, (_, n) => job(18_000 + n)),
  )
  await driver.sweep(10)
  const all = await paged(driver, {}, { limit: 1_000 })
  return { driver, all: all.flatMap(({ jobs }) => jobs) }
}

async function paged(driver: Driver, filter: JobFilter, request: PageRequest): Promise<JobPage[]> {
  const pages: JobPage[] = []
  for (let cursor: string | undefined = undefined; ;) {
    const page: JobPage = await driver.inspector!.list(filter, { ...request, ...(cursor !== undefined && { cursor }) })
    pages.push(page)
    if (page.cursor === undefined) return pages
    cursor = page.cursor
  }
}

const filters: [JobFilter, (record: JobRecord) => boolean][] = [
  [{ states: ['done'] }, ({ state }) => state === 'done'],
  [{ states: ['dead', 'done', 'dead'] }, ({ state }) => state === 'done' || state === 'dead'],
  [{ states: ['running'] }, ({ state }) => state === 'running'],
  [{ states: ['running', 'dead'], queue: 'a' }, ({ state }) => state === 'running' || state === 'dead'],
  [{ states: ['delayed'] }, ({ state }) => state === 'delayed'],
  [{ states: ['ready'] }, ({ state }) => state === 'ready'],
  [{ states: ['blocked'] }, () => false],
  [{ queue: 'c' }, ({ job }) => job.queue === 'c'],
  [{ queue: 'c', states: ['ready'] }, ({ job }) => job.queue === 'c'],
  [{ queue: 'c', states: ['dead'] }, () => false],
  [{ queue: 'nobody' }, () => false],
  [{ states: ['dead'], name: 'rare' }, ({ state, job }) => state === 'dead' && job.name === 'rare'],
  [{ queue: 'c', name: 'rare' }, ({ job }) => job.queue === 'c' && job.name === 'rare'],
  [{ queue: 'b', name: 'rare' }, ({ job }) => job.queue === 'b' && job.name === 'rare'],
]

describe('a list of many jobs', () => {
  it('shows the same whether it was gathered or searched for, bounded or not', async () => {
    const { driver, all } = await world()
    expect(all).toHaveLength(24_000)
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['ready', 'delayed', 'running', 'done', 'dead']))
    for (const [filter, isMeant] of filters) {
      const expected = all.filter(isMeant).map(({ job }) => job.id)
      for (const request of [{ limit: 97 }, { limit: 300, readMax: 1_000 }, { limit: 1_000, readMax: 20_000 }]) {
        const pages = await paged(driver, filter, request)
        const ids = pages.flatMap(({ jobs }) => jobs.map(({ job }) => job.id))
        expect(ids, `${JSON.stringify(filter)} by ${JSON.stringify(request)}`).toEqual(expected)
      }
    }
  })

  it('of old jobs in one state fills its first page, whatever was to be read', async () => {
    const { driver } = await world()
    for (const states of [['done'], ['done', 'dead'], ['running'], ['delayed']] as JobState[][]) {
      const { jobs } = await driver.inspector!.list({ states }, { limit: 50, readMax: 100 })
      expect(jobs).toHaveLength(50)
    }
    const { jobs, cursor, read } = await driver.inspector!.list({ name: 'nobody' }, { limit: 50, readMax: 100 })
    expect([jobs.length, cursor === undefined, read]).toEqual([0, false, 100])
  })
})
