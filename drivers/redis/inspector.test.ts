import { expect, it } from 'vitest'
import { ownRedis } from '../../test/support/redis.ts'
import { installation } from '../../test/support/redis-harness.ts'
import type { JobFilter, JobState, StoredJob } from '../../src/contract/index.ts'
import { type Hand, idsOf } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'

const job = (n: number, fields: Partial<StoredJob> = {}): StoredJob => ({
  id: `job-${String(n).padStart(6, '0')}`,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: `{"n":${n}}`,
  ...fields,
})

const jobs = (from: number, count: number, fields: Partial<StoredJob> = {}): StoredJob[] =>
  Array.from({ length: count }, (_, i) => job(from + i, fields))

/** All pages of a search. */
async function search(hand: Hand, filter: JobFilter, limit: number): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await inspectorOf(hand).list(filter, { limit, ...(cursor !== undefined && { cursor }) })
    expect(page.jobs.length).toBeLessThanOrEqual(limit)
    found.push(...page.jobs.map(({ job: { id } }) => id))
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

async function purgeAll(hand: Hand, states: JobState[], limit = 100): Promise<number> {
  let [removed, more] = [0, true]
  while (more) {
    const step = await inspectorOf(hand).purge('q', states, limit)
    removed += step.removed
    more = step.more
  }
  return removed
}

it('a state is found among many others, page by page, by its own shelf as by the journal', async (context) => {
  const worker = await (await installation(context)).open()
  await worker.add(...jobs(0, 700))
  const loans = await worker.take('q', 60)
  await worker.settle(loans.slice(0, 20), { kind: 'dead', reason: 'it broke in a way' })
  await worker.settle(loans.slice(20, 40), { kind: 'retry', due: { inMs: 3_600_000 }, error: 'it broke as well' })
  await worker.add(...jobs(10_000, 900))
  const newestFirst = idsOf(loans).toReversed()
  expect(await search(worker, { states: ['dead'] }, 7)).toEqual(newestFirst.slice(40))
  expect(await search(worker, { queue: 'q', states: ['running'] }, 7)).toEqual(newestFirst.slice(0, 20))
  expect(await search(worker, { states: ['dead', 'delayed', 'running'] }, 30)).toEqual(newestFirst)
  // With `ready` among the states, everything is looked through.
  expect(await search(worker, { states: ['dead', 'ready'], errorText: 'broke' }, 7)).toEqual(newestFirst.slice(40))
  expect(await search(worker, { errorText: 'broke' }, 100)).toEqual(newestFirst.slice(20))
  expect(await search(worker, {}, 1_000)).toHaveLength(1_600)
  expect(await search(worker, { idPrefix: 'job-0100' }, 1_000)).toHaveLength(100)
  expect(await search(worker, { idPrefix: 'nothing' }, 10)).toEqual([])
})

it('jobs whose ids, groups and errors Redis cannot hold as they are are found by them', async (context) => {
  const worker = await (await installation(context)).open()
  const odd = ['a\nb', '\ud800', '\u0001x', '"quoted"', 'a b', '\u2028', '__proto__']
  for (const text of odd)
    await worker.add(job(0, { id: `${text}!`, queue: text, name: text, group: text, tags: [text] }))
  for (const text of odd) {
    expect(await search(worker, { queue: text, name: text, group: text, tag: text, idPrefix: text }, 10)).toEqual([
      `${text}!`,
    ])
    await worker.settle(await worker.take(text), { kind: 'dead', reason: `because ${text} broke` })
    expect(await search(worker, { errorText: `${text} broke` }, 10)).toEqual([`${text}!`])
  }
  expect(await inspectorOf(worker).queues()).toEqual(odd.toSorted())
})

it('who runs a job is found in the loans of all sessions, for few ids as for many', async (context) => {
  const store = await installation(context)
  const hands = [await store.open(), await store.open()]
  await hands[0]!.add(...jobs(0, 40), ...jobs(1, 1, { id: 'job-00000' }), ...jobs(2, 1, { id: '00000' }))
  const taken = [await hands[0]!.take('q', 30), await hands[1]!.take('q', 5)]
  await hands[0]!.settle(taken[0]!.slice(0, 10), { kind: 'release' })
  const expected = new Map(taken.flatMap((loans, at) => idsOf(loans).map((id) => [id, hands[at]!.session])))
  for (const { job: released } of taken[0]!.slice(0, 10)) expected.delete(released.id)
  const ids = [...jobs(0, 40).map(({ id }) => id), 'job-00000', '00000']
  const told = async (some: string[]) =>
    (await inspectorOf(hands[1]!).find(some)).map((record) => [record?.state, record?.session])
  const wanted = ids.map((id) => (expected.has(id) ? ['running', expected.get(id)] : ['ready', undefined]))
  expect(await told(ids)).toEqual(wanted)
  for (const [at, id] of ids.entries()) expect(await told([id])).toEqual([wanted[at]])
})

it('a thousand ids are acted upon in one call, in their order, done ones too', async (context) => {
  const worker = await (await installation(context)).open()
  const all = jobs(0, 1_000)
  const ids = all.map(({ id }) => id)
  await worker.add(...all)
  for (let n = 0; n < 2; n++) {
    await worker.settle(await worker.take('q', 250), { kind: 'done', keep: { count: 1_000, ageMs: 3_600_000 } })
  }
  const loans = await worker.take('q', 250)
  const expected = [
    ...ids.slice(0, 500).fill('settled'),
    ...ids.slice(500, 750).fill('cancelling'),
    ...ids.slice(750).fill('cancelled'),
  ]
  expect(await inspectorOf(worker).cancel([...ids, 'none'])).toEqual([...expected, 'unknown'])
  expect((await worker.beat()).cancelled).toHaveLength(250)
  await worker.settle(loans, { kind: 'release' })
  expect(await worker.depth('q')).toMatchObject({ ready: 0, running: 0, done: 500, cancelled: 500 })
  expect(new Set(await inspectorOf(worker).retry(ids))).toEqual(new Set(['retried']))
  expect(await worker.depth('q')).toMatchObject({ ready: 1_000, done: 0, cancelled: 0 })
  expect(new Set(await inspectorOf(worker).remove(ids))).toEqual(new Set(['removed']))
  expect(await worker.depth('q')).toMatchObject({ ready: 0, done: 0, cancelled: 0 })
  expect(idsOf((await worker.reserve('q', 1_000)).jobs)).toEqual([])
})

it('peek tells what one reserve would take, with groups, weights, ghosts and what came back', async (context) => {
  const worker = await (await installation(context)).open()
  await limitsOf(worker).set('q', { group: 'heavy' }, { weight: 3 }, 1)
  await worker.add(...jobs(0, 30, { group: 'heavy' }), ...jobs(100, 30, { group: 'light' }), ...jobs(200, 30))
  await worker.settle(await worker.take('q', 20), { kind: 'release' })
  await worker.add(...jobs(300, 10, { group: 'late', priority: 9 }))
  await inspectorOf(worker).remove(jobs(100, 12).map(({ id }) => id))
  for (const limit of [1, 5, 40, 100]) {
    const peeked = (await inspectorOf(worker).peek('q', limit)).map(({ job: { id } }) => id)
    const loans = await worker.take('q', limit)
    expect(peeked).toEqual(idsOf(loans))
    await worker.driver.reconcile([])
  }
})

it('purge frees keys, turns and ghosts, and leaves nothing behind', async (context) => {
  const store = await installation(context)
  const worker = await store.open()
  const keyed = (from: number, fields: Partial<StoredJob> = {}) =>
    jobs(from, 100).map((each, n) => ({ ...each, ...fields, unique: { key: `${from + n}`, mode: 'keep' as const } }))
  await worker.add(...keyed(0), ...keyed(100, { due: { inMs: 3_600_000 } }))
  for (let n = 0; n < 50; n++) await worker.add(...jobs(1_000 + 10 * n, 10, { group: `g${n}`, priority: n % 10 }))
  await limitsOf(worker).set('q', 'groups', { concurrencyMax: 1 }, 1)
  const loans = await worker.take('q', 20)
  await inspectorOf(worker).remove(jobs(1_000, 40).map(({ id }) => id))
  const { ready } = await worker.depth('q')
  expect(await purgeAll(worker, ['ready'])).toBe(ready)
  expect(await purgeAll(worker, ['delayed', 'running', 'blocked'])).toBe(100)
  expect(await worker.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: loans.length })
  expect(await worker.settle(loans, { kind: 'done' })).toEqual(loans.map(() => ({ outcome: 'settled' })))
  expect(
    (await store.keys()).filter((key) => /^(?:jobs|more|ends|r.:|due:|ghost:|uniq:|urun|wait:|cap:|run:)/.test(key)),
  ).toEqual([])
  await worker.add(...keyed(0))
  expect((await worker.take('q')).length).toBe(1)
})

it('a purge of 100,000 jobs is never busy for long', { timeout: 60_000 }, async (context) => {
  const server = await ownRedis(context, { config: { 'slowlog-log-slower-than': 50_000, 'slowlog-max-len': 1_000 } })
  const store = await installation(context, server.url)
  const worker = await store.open()
  for (let n = 0; n < 100; n++) await worker.add(...jobs(1_000 * n, 1_000, { body: 'x'.repeat(200) }))
  const inspector = inspectorOf(worker)
  await store.redis.call('SLOWLOG', 'RESET')
  let [removed, more] = [0, true]
  while (more) {
    const step = await inspector.purge('q', ['ready'], 1_000)
    removed += step.removed
    more = step.more
  }
  expect(removed).toBe(100_000)
  // What took Redis more than 50 ms: a busy machine may stop it for that long, but not again and again.
  expect(((await store.redis.slowlog('GET', 1_000)) as unknown[]).length).toBeLessThan(5)
  expect(await store.redis.llen(store.key('log'))).toBeLessThan(20_000)
})

it('the journal is cut while jobs go, and the old ones that stay are listed', async (context) => {
  const store = await installation(context)
  const worker = await store.open()
  await worker.add(...jobs(0, 10, { queue: 'slow' }))
  for (let n = 1; n <= 25; n++) {
    await worker.add(...jobs(1_000 * n, 1_000))
    await worker.settle(await worker.take('q', 1_000), { kind: 'done' })
  }
  await worker.add(...jobs(90_000, 3))
  expect(await store.redis.llen(store.key('log'))).toBeLessThan(12_000)
  expect(await store.redis.zcard(store.key('old'))).toBe(10)
  const expected = [...jobs(0, 10), ...jobs(90_000, 3)].map(({ id }) => id).toReversed()
  expect(await search(worker, {}, 4)).toEqual(expected)
  await inspectorOf(worker).remove(expected)
  expect(await search(worker, {}, 4)).toEqual([])
  expect(await store.keys()).not.toContain('old')
})

it('the ledger lists any keys by any prefix, page by page', async (context) => {
  const ledger = (await (await installation(context)).open()).driver.ledger!
  const keys = [
    '',
    'a',
    'a\nb',
    'a\u{10ffff}',
    'a\uffff',
    'aé',
    'b',
    '\ud800',
    '\u0001',
    '\u0001"',
    '\u0000',
    'ab',
    'a:',
  ]
  const versions = await ledger.write(keys.map((key) => ({ key, value: `of ${key}`, version: 0 })))
  expect(new Set(versions).size).toBe(keys.length)
  for (const prefix of ['', 'a', 'ab', 'b', '\ud800', '\u0001', '\u0000', 'é', 'a\u{10ffff}']) {
    const found: string[] = []
    for (let after: string | undefined; ;) {
      const page = await ledger.list(prefix, 2, after)
      found.push(...page.map(({ key }) => key))
      for (const { key, value } of page) expect(value).toBe(`of ${key}`)
      if (page.length < 2) break
      after = found.at(-1)
    }
    expect(found.toSorted(), JSON.stringify(prefix)).toEqual(keys.filter((key) => key.startsWith(prefix)).toSorted())
    expect(new Set(found).size).toBe(found.length)
  }
  expect((await ledger.read(keys)).map((record) => record?.key)).toEqual(keys)
})
