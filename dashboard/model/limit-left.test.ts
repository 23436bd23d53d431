import { describe, expect, test } from 'vitest'
import type { GroupView, LimitsLeftView } from '../../src/client.ts'
import { gaugesOf, groupHold } from './limit-left.ts'

const rate = { tokens: 40, perMs: 1_000, burst: 80 }
const left: LimitsLeftView = {
  rates: [{ ...rate, left: 12, fullInMs: 1_700 }],
  quota: { jobs: 10_000, perMs: 86_400_000, left: 0, endsInMs: 7_200_000 },
  nextInMs: 7_200_000,
}

describe('what is left of limits', () => {
  test('is a part of a whole, with its unit, and when it comes back', () => {
    expect(gaugesOf(left)).toEqual([
      { left: 12, most: 80, words: '12 of 80 tokens', more: '40 a second flow in, full in 1.70 s' },
      { left: 0, most: 10_000, words: '0 of 10,000 jobs', more: 'at most 10,000 a day, the next ones in 2h 00m' },
    ])
    expect(gaugesOf(undefined)).toEqual([])
  })

  test('a full bucket is full; a cap leaves places', () => {
    const full = { rates: [{ ...rate, burst: 1, left: 1, fullInMs: 0 }], nextInMs: 0 }
    expect(gaugesOf(full, { concurrencyMax: 5 }, 4)).toEqual([
      { left: 1, most: 1, words: '1 of 1 token', more: '40 a second flow in, full now' },
      { left: 1, most: 5, words: '1 of 5 places', more: '5 at once, 4 run' },
    ])
    // A cap that was lowered below what runs.
    expect(gaugesOf(undefined, { concurrencyMax: 2 }, 3)).toMatchObject([{ left: 0, most: 2 }])
  })
})

describe('why a group is held back, and how long', () => {
  const group = (fields: Partial<GroupView>): GroupView => ({ group: 'a', ready: 3, running: 0, ...fields })
  const own = { rates: [{ tokens: 40, perMs: 1_000 }], concurrencyMax: 5 }
  const queue = { rates: [{ tokens: 7, perMs: 60_000 }], concurrencyMax: 50 }

  test('names the limit, of the group or of its queue', () => {
    const spent: LimitsLeftView = { rates: [{ ...rate, left: 0, fullInMs: 2_000 }], nextInMs: 25 }
    const some: LimitsLeftView = { rates: [{ ...rate, left: 3, fullInMs: 1_900 }], nextInMs: 0 }
    expect(groupHold(group({}), own, queue)).toBeUndefined()
    expect(groupHold(group({ held: 'rate', left: spent, nextInMs: 25 }), own, queue)).toEqual({
      why: 'waits for tokens: 40 a second',
      nextInMs: 25,
      perMs: 0.04,
    })
    expect(groupHold(group({ held: 'rate', left: some, nextInMs: 8_000 }), own, queue)).toEqual({
      why: 'waits for tokens of the queue: 7 a minute',
      nextInMs: 8_000,
    })
    expect(groupHold(group({ held: 'rate', nextInMs: 8_000 }), {}, queue)?.why).toContain('of the queue')
    expect(groupHold(group({ held: 'concurrency', running: 5 }), own, queue)?.why).toBe(
      'runs as many as it may: 5 at once',
    )
    expect(groupHold(group({ held: 'concurrency', running: 1 }), own, queue)?.why).toBe(
      'the queue runs as many as it may: 50 at once',
    )
    expect(groupHold(group({ held: 'frozen', nextInMs: 1 }), own, queue)?.why).toBe('is paused')
  })

  test('a quota that is used up is told before a rate', () => {
    const used = { ...left, quota: { ...left.quota!, left: 0 } }
    expect(groupHold(group({ held: 'quota', left: used, nextInMs: 9 }), { quota: used.quota }, queue)?.why).toBe(
      'has used up its quota: at most 10,000 a day',
    )
    expect(groupHold(group({ held: 'quota', nextInMs: 9 }), own, { quota: used.quota })?.why).toBe(
      'the quota of the queue is used up: at most 10,000 a day',
    )
  })
})
