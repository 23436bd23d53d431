import { expect } from 'vitest'
import type { Hand } from '../../drivers/conformance/hand.ts'
import { inspectorOf } from '../../drivers/conformance/law.ts'
import type { StoredJob } from '../../src/contract/index.ts'

const jobsOf = (queue: string, count: number): StoredJob[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${queue}-${i}-${crypto.randomUUID()}`,
    queue,
    name: 'work',
    priority: 5,
    body: '{}',
  }))

async function die(hand: Hand, queue: string, count: number, kind: 'dead' | 'done' = 'dead'): Promise<string[]> {
  const made = jobsOf(queue, count)
  for (let at = 0; at < count; at += 500) {
    await hand.add(...made.slice(at, at + 500))
    const loans = await hand.take(queue, 500)
    await hand.settle(loans, kind === 'dead' ? { kind, reason: 'no' } : { kind, keep: { count: 1e6, ageMs: 1e9 } })
  }
  return made.map(({ id }) => id)
}

/** A queue whose failures lie behind many of another one, which are kept longer. */
export async function expectTrimAmongOthers(hand: Hand): Promise<void> {
  const inspector = inspectorOf(hand)
  await die(hand, 'patient', 2_500)
  const ids = await die(hand, 'brief', 40)
  const keep = { count: 10, ageMs: 1e9 }
  const trim = (limit: number) => inspector.trim!('brief', ['dead', 'cancelled'], keep, limit)
  expect(await trim(20)).toEqual({ removed: 20, more: true })
  expect((await inspector.find(ids)).findIndex((record) => record !== undefined)).toBe(20)
  expect(await trim(20)).toEqual({ removed: 10, more: false })
  expect(await trim(20)).toEqual({ removed: 0, more: false })
  const later = await die(hand, 'brief', 5)
  expect(await trim(20)).toEqual({ removed: 5, more: false })
  expect((await inspector.find(later)).every((record) => record !== undefined)).toBe(true)
  expect((await hand.depth('patient')).dead).toBe(2_500)
  expect((await hand.depth('brief')).dead).toBe(10)
  expect(await inspector.trim!('patient', ['dead'], { count: 2_000, ageMs: 1e9 }, 1_000)).toEqual({
    removed: 500,
    more: false,
  })
  expect((await hand.depth('patient')).dead).toBe(2_000)
}

/** Done jobs of which some were removed and retried since; the counts stay those of what is there. */
export async function expectTrimOfDone(hand: Hand): Promise<void> {
  const inspector = inspectorOf(hand)
  const ids = await die(hand, 'q', 1_200, 'done')
  await inspector.remove(ids.slice(0, 5))
  await inspector.retry(ids.slice(5, 8))
  await inspector.cancel(ids.slice(5, 8))
  expect((await hand.depth('q')).done).toBe(1_192)
  let removed = 0
  for (let more = true; more;) {
    const piece = await inspector.trim!('q', ['done', 'cancelled'], { count: 100, ageMs: 1e9 }, 300)
    expect(piece.removed).toBeLessThanOrEqual(300)
    removed += piece.removed
    more = piece.more
  }
  expect(removed).toBe(1_092)
  const { done, cancelled } = await hand.depth('q')
  expect({ done, cancelled }).toEqual({ done: 100, cancelled: 3 })
  const left = (await inspector.find(ids)).flatMap((record, i) => (record === undefined ? [] : [i]))
  expect(left).toEqual([5, 6, 7, ...Array.from({ length: 100 }, (_, i) => 1_100 + i)])
  expect(await inspector.trim!('q', ['done', 'cancelled'], { count: 0, ageMs: 0 }, 1_000)).toMatchObject({
    more: false,
  })
  expect((await hand.depth('q')).done).toBe(0)
  const checked = await inspector.audit()
  expect(checked.repaired).toBe(0)
}
