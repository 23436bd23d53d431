import { expect, test } from 'vitest'
import { streamsPlace } from '../../test/support/redis-streams-harness.ts'
import type { JobFilter, StoredJob } from '../../src/contract/index.ts'
import { inspectorOf } from '../conformance/law.ts'

const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: '{}',
  ...fields,
})

test('queue by queue, place by place, newest first in each; filtered by each field, and by all together', async (context) => {
  const worker = await (await streamsPlace(context)).open()
  await worker.add(job('plain'), job('tagged', { tags: ['x', 'y'], group: 'g', name: 'other' }))
  await worker.add(job('late', { due: { inMs: 3_600_000 } }), job('elsewhere', { queue: 'r' }))
  await worker.add(job('died', { queue: 's' }))
  await worker.settleOne(await worker.takeOne('s'), { kind: 'dead', reason: '100% of 50_000 broke' })
  const cases: [JobFilter, string[]][] = [
    [{}, ['tagged', 'plain', 'late', 'elsewhere', 'died']],
    [{ queue: 'q' }, ['tagged', 'plain', 'late']],
    [{ queue: 'q', states: ['ready'] }, ['tagged', 'plain']],
    [{ states: ['delayed', 'dead'] }, ['late', 'died']],
    [{ states: ['running'] }, []],
    [{ name: 'other' }, ['tagged']],
    [{ group: 'g' }, ['tagged']],
    [{ tag: 'y' }, ['tagged']],
    [{ tag: 'z' }, []],
    [{ idPrefix: 'pl' }, ['plain']],
    [{ idPrefix: '%' }, []],
    [{ errorText: '100% of 50_000' }, ['died']],
    [{ errorText: '100% OF' }, []],
    [{ queue: 'q', name: 'other', tag: 'x', group: 'g', states: ['ready'] }, ['tagged']],
    [{ ageMsMin: 3_600_000 }, []],
    [{ queue: 'nobody' }, []],
  ]
  for (const [filter, ids] of cases) {
    const { jobs } = await inspectorOf(worker).list(filter, { limit: 100 })
    expect(
      jobs.map(({ job: { id } }) => id),
      JSON.stringify(filter),
    ).toEqual(ids)
  }
})

test('pages go on through running, delayed and done jobs, many of one moment too', async (context) => {
  const worker = await (await streamsPlace(context)).open()
  const ids = Array.from({ length: 40 }, (_, n) => `j${String(n).padStart(2, '0')}`)
  await worker.add(...ids.slice(0, 30).map((id) => job(id)))
  await worker.add(...ids.slice(30).map((id) => job(id, { due: { atMs: 9_999_999_999_999 } })))
  const loans = await worker.take('q', 20)
  await worker.settle(loans.slice(0, 10), { kind: 'done', keep: { count: 100, ageMs: 3_600_000 } })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await inspectorOf(worker).list({}, { limit: 7, ...(cursor !== undefined && { cursor }) })
    seen.push(...page.jobs.map(({ job: { id } }) => id))
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(seen).toHaveLength(40)
  expect(seen.toSorted()).toEqual(ids)
})

test.for(['', 'x', '[]', '["a","b"]', '["a","b",1]'])('%j is no cursor', async (cursor, context) => {
  const worker = await (await streamsPlace(context)).open()
  await expect(inspectorOf(worker).list({}, { limit: 1, cursor })).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
})
