import { describe, expect, test, vi } from 'vitest'
import type { JobFilter, JobPage } from '../../src/contract/index.ts'
import { job, jobOf, jobs, scene } from '../../test/support/sharded.ts'

describe('looking', () => {
  test('pages hold every job once, while others come', async (context) => {
    const { other } = await scene(context)
    const inspector = other.driver.inspector!
    const old: string[] = []
    for (let i = 0; i < 25; i++) {
      const one = job()
      old.unshift(one.id)
      await other.add(one)
    }
    for (const limit of [1, 7, 25, 100]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await inspector.list({ idPrefix: 'j' }, { limit, ...(cursor !== undefined && { cursor }) })
        seen.push(...page.jobs.map(({ job }) => job.id))
        cursor = page.cursor
        await other.add(job({ id: `late-${limit}-${seen.length}` }))
      } while (cursor !== undefined)
      expect(seen.toSorted()).toEqual(old.toSorted())
    }
    await expect(inspector.list({}, { limit: 1, cursor: '5' })).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
  })

  test('a list is newest first, and each filter holds on all shards', async (context) => {
    const { other } = await scene(context)
    const inspector = other.driver.inspector!
    const fields = { tags: ['t'], name: 'other', group: 'acme' }
    for (const batch of [jobs(20), jobs(20, { queue: 'r' }), jobs(3, fields)]) {
      await other.add(...batch)
      // A millisecond that no two batches share.
      const last = Date.now()
      await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(last), { interval: 1 })
    }
    const listed = async (filter: JobFilter) =>
      (await inspector.list(filter, { limit: 100 })).jobs.map(({ job }) => (job.name === 'other' ? 'other' : job.queue))
    const of = (name: string, count: number) => Array.from({ length: count }, () => name)
    expect(await listed({})).toEqual([...of('other', 3), ...of('r', 20), ...of('q', 20)])
    expect(await listed({ queue: 'r' })).toEqual(of('r', 20))
    expect(await listed({ queue: 'q', states: ['ready'], idPrefix: 'j' })).toEqual([...of('other', 3), ...of('q', 20)])
    for (const filter of [{ tag: 't' }, { name: 'other' }, { group: 'acme' }])
      expect(await listed(filter)).toEqual(of('other', 3))
    expect(await listed({ states: ['delayed', 'dead'] })).toEqual([])
    const loans = await other.take('r')
    await other.settle(loans, { kind: 'dead', reason: 'it broke' })
    expect(await listed({ errorText: 'broke', states: ['dead'] })).toEqual(of('r', 20))
  })

  test('finds and acts on jobs whose shard their id does not tell', async (context) => {
    const { other } = await scene(context)
    const inspector = other.driver.inspector!
    const batch = jobs(12, { group: 'acme' })
    await other.add(...batch)
    const all = batch.map(({ id }) => id)
    expect((await inspector.find(['never', ...all])).map((record) => record?.job.id)).toEqual([undefined, ...all])
    expect(await inspector.cancel(all.slice(0, 6))).toEqual(Array.from({ length: 6 }, () => 'cancelled'))
    expect(await inspector.retry([...all.slice(0, 3), 'never'])).toEqual(['retried', 'retried', 'retried', 'unknown'])
    expect(await inspector.remove(all)).toEqual(all.map(() => 'removed'))
    expect(await other.depth('q')).toMatchObject({ ready: 0, cancelled: 0 })
  })

  test('an audit goes over all shards', async (context) => {
    const { server, other } = await scene(context)
    await other.add(...jobs(30))
    await server.say('HSET', '{fiber-work.2}:n:q', 'ready', 99)
    let [checked, repaired, cursor] = [0, 0, undefined as string | undefined]
    do {
      const piece = await other.driver.inspector!.audit(cursor)
      checked += piece.checked
      repaired += piece.repaired
      cursor = piece.cursor
    } while (cursor !== undefined)
    expect(checked).toBeGreaterThanOrEqual(30)
    expect(repaired).toBeGreaterThan(0)
    expect((await other.depth('q')).ready).toBe(30)
    await expect(other.driver.inspector!.audit('9 x')).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
  })
})

describe('trim', () => {
  test('keeps the newest of all shards, however they lie, and says when there is more', async (context) => {
    const { hand, other } = await scene(context)
    const inspector = other.driver.inspector!
    // All but two end on one shard, the oldest on another.
    const all = [jobOf(1), ...Array.from({ length: 6 }, () => jobOf(0)), jobOf(2)]
    for (const one of all) {
      await other.add(one)
      await other.settleOne(await other.takeOne('q'), { kind: 'dead', reason: 'it broke' })
      const last = Date.now()
      await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(last), { interval: 1 })
    }
    const keep = { count: 4, ageMs: 3_600_000 }
    expect(await inspector.trim!('q', ['dead'], keep, 3)).toEqual({ removed: 3, more: true })
    const [one, two] = await Promise.all([
      inspector.trim!('q', ['dead'], keep, 100),
      hand.driver.inspector!.trim!('q', ['dead'], keep, 100),
    ])
    expect(one.removed + two.removed).toBe(1)
    const left = await inspector.find(all.map(({ id }) => id))
    expect(left.map((record) => record?.job.id)).toEqual(all.map(({ id }, i) => (i < 4 ? undefined : id)))
    expect(await inspector.trim!('q', ['dead'], keep, 100)).toEqual({ removed: 0, more: false })
    expect(await inspector.trim!('q', ['dead'], { count: 4, ageMs: 0 }, 2)).toEqual({ removed: 2, more: true })
  })
})

describe('groups', () => {
  test('jobs without a group are told as one, held where each shard with some of them holds them', async (context) => {
    const { other } = await scene(context)
    await other.add(jobOf(0), jobOf(1), jobOf(1), jobOf(2), ...jobs(3, { group: 'acme' }))
    await other.driver.limits!.set('q', 'groups', { concurrencyMax: 1 }, 1)
    const groups = () => other.driver.inspector!.groups!('q', 10)
    expect(await groups()).toEqual([
      { ready: 4, running: 0 },
      { group: 'acme', ready: 3, running: 0 },
    ])
    const loans = await other.take('q')
    expect(await groups()).toEqual([
      { group: 'acme', ready: 2, running: 1, held: 'concurrency' },
      { ready: 1, running: 3, held: 'concurrency' },
    ])
    await other.add(jobOf(0), jobOf(0))
    await other.settle(
      loans.filter(({ job, receipt }) => job.group === undefined && receipt.startsWith('0')),
      { kind: 'done' },
    )
    expect(await groups()).toContainEqual({ ready: 3, running: 2 })
    expect(await other.driver.inspector!.groups!('q', 1)).toHaveLength(1)
  })
})

describe('a bounded search', () => {
  test('is newest first on all shards, also when one of them has come less far than another', async (context) => {
    const { other } = await scene(context)
    const inspector = other.driver.inspector!
    // The newer ones crowd on one shard, and what is looked for lies on all of them.
    const rare = Array.from({ length: 9 }, (_, i) => jobOf(i % 3, { name: 'rare' }))
    for (const one of rare) {
      await other.add(one)
      const last = Date.now()
      await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(last), { interval: 1 })
    }
    await other.add(...Array.from({ length: 120 }, () => jobOf(1)))
    const found: string[] = []
    let [cursor, pages, toMs]: [string | undefined, number, number] = [undefined, 0, Infinity]
    do {
      const page: JobPage = await inspector.list(
        { name: 'rare' },
        { limit: 4, readMax: 30, ...(cursor !== undefined && { cursor }) },
      )
      found.push(...page.jobs.map(({ job }) => job.id))
      expect(page.read).toBeLessThanOrEqual(60)
      expect(page.readToMs).toBeLessThanOrEqual(toMs)
      toMs = page.readToMs!
      cursor = page.cursor
      pages++
    } while (cursor !== undefined)
    expect(found).toEqual(rare.map(({ id }) => id).toReversed())
    expect(pages).toBeGreaterThan(10)
  })
})
