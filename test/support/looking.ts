import { expect } from 'vitest'
import type { Hand } from '../../drivers/conformance/hand.ts'
import { inspectorOf } from '../../drivers/conformance/law.ts'
import type { JobFilter, JobPage, JobRecord, JobState, StoredJob } from '../../src/contract/index.ts'

const base = (id: string): StoredJob => ({ id, queue: 'big', name: 'work', priority: 5, body: '{}' })

/** `big` queues more than any index is read for at once; beside them a little of everything, some of it moved, tried again, retried. */
export async function fillForLists(hand: Hand, big: number, small = 30): Promise<void> {
  const inspector = inspectorOf(hand)
  const mixed = (i: number, prefix: string): StoredJob => ({
    ...base(`${prefix}-${String(i).padStart(6, '0')}`),
    priority: i % 3 === 0 ? 9 : 5,
    name: i % 50 === 0 ? 'rare' : 'work',
    ...(i % 40 === 0 && { tags: ['blue', 'x"y'] }),
  })
  const some = (prefix: string, fields: Partial<StoredJob> = {}) =>
    Array.from({ length: small }, (_, i) => ({ ...mixed(i, prefix), queue: 'small', ...fields }))
  const add = async (jobs: StoredJob[]) => {
    for (let at = 0; at < jobs.length; at += 500) await hand.add(...jobs.slice(at, at + 500))
  }
  await add(some('done', { queue: 'ended' }))
  await hand.settle(await hand.take('ended', small), {
    kind: 'done',
    result: '"needle"',
    keep: { count: 1_000, ageMs: 1e9 },
  })
  await add(some('dead', { queue: 'ended' }))
  await hand.settle(await hand.take('ended', small), { kind: 'dead', reason: 'a needle in it' })
  await add(Array.from({ length: big / 2 }, (_, i) => mixed(i, 'first')))
  await add(some('late', { due: { inMs: 3_600_000 } }))
  await add(some('group', { group: 'g' }))
  await add(some('other', { queue: 'other' }))
  await inspector.retry(['late-000003', 'late-000004', 'dead-000002'])
  await inspector.cancel(['group-000001', 'late-000005'])
  const loans = await hand.take('small', 9)
  await hand.settle(loans.slice(0, 2), { kind: 'retry', error: 'a needle, once' })
  await hand.settle(loans.slice(2, 4), { kind: 'retry', due: { inMs: 3_600_000 } })
  await hand.settle(loans.slice(4, 5), { kind: 'quarantined', reason: 'poison' })
  const ofBig = await hand.take('big', 6)
  await hand.settle(ofBig.slice(0, 3), { kind: 'retry', error: 'no' })
  await add(Array.from({ length: big / 2 }, (_, i) => mixed(i, 'second')))
}

const states: (JobState[] | undefined)[] = [
  undefined,
  ['ready'],
  ['delayed'],
  ['running'],
  ['done'],
  ['dead'],
  ['cancelled', 'quarantined'],
  ['ready', 'running'],
  ['delayed', 'done', 'dead'],
]
const more: JobFilter[] = [
  {},
  { name: 'rare' },
  { tag: 'blue' },
  { tag: 'x"y' },
  { group: 'g' },
  { errorText: 'needle' },
  { idPrefix: 'second-00001' },
  { idPrefix: 'dead' },
  { ageMsMin: 0 },
  { ageMsMin: 3_600_000 },
  { fromMs: Date.now() - 3_600_000, toMs: 8.64e15 },
  { toMs: 1_000 },
]

/** `share`: only each such filter is tried. Whatever way is taken through the store, a filter lets through what it says, newest first, and nothing is told twice. */
export async function expectSameAsFiltered(hand: Hand, share = 1): Promise<void> {
  let tried = 0
  const all = await pages(hand, {}, { limit: 1_000 })
  for (const queue of [undefined, 'big', 'small', 'ended', 'other', 'none']) {
    for (const some of states) {
      for (const other of more) {
        if (tried++ % share !== 0) continue
        const filter = { ...other, ...(queue !== undefined && { queue }), ...(some !== undefined && { states: some }) }
        const wanted = all.filter((record) => lets(filter, record)).map(({ job: { id } }) => id)
        const first = await inspectorOf(hand).list(filter, { limit: 7 })
        expect(ids(first), JSON.stringify(filter)).toEqual(wanted.slice(0, 7))
        if (wanted.length > 200) continue
        const found = await pages(hand, filter, { limit: 20, readMax: 3_000 })
        expect(
          found.map(({ job: { id } }) => id),
          JSON.stringify(filter),
        ).toEqual(wanted)
      }
    }
  }
}

const ids = ({ jobs }: JobPage): string[] => jobs.map(({ job: { id } }) => id)

export async function pages(
  hand: Hand,
  filter: JobFilter,
  page: { limit: number; readMax?: number },
): Promise<JobRecord[]> {
  const found: JobRecord[] = []
  for (let cursor: string | undefined; ;) {
    const next = await inspectorOf(hand).list(filter, { ...page, ...(cursor !== undefined && { cursor }) })
    expect(next.read).toBeLessThanOrEqual((page.readMax ?? Infinity) * 2)
    found.push(...next.jobs)
    if (next.cursor === undefined) return found
    cursor = next.cursor
  }
}

function lets(filter: JobFilter, { job, state, error, enqueuedAtMs }: JobRecord): boolean {
  const { queue, states, name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs } = filter
  return (
    (queue === undefined || job.queue === queue) &&
    (states === undefined || states.includes(state)) &&
    (name === undefined || job.name === name) &&
    (group === undefined || job.group === group) &&
    (tag === undefined || job.tags?.includes(tag) === true) &&
    (idPrefix === undefined || job.id.startsWith(idPrefix)) &&
    (errorText === undefined || (state !== 'done' && error?.includes(errorText) === true)) &&
    (ageMsMin === undefined || Date.now() - enqueuedAtMs >= ageMsMin) &&
    (fromMs === undefined || enqueuedAtMs >= fromMs) &&
    (toMs === undefined || enqueuedAtMs < toMs)
  )
}
