import { describe, expect, test } from 'vitest'
import { mergePage } from './job-rows.ts'

const row = (n: number, state = 'ready') => ({ id: `job-${n}`, enqueuedAt: new Date(n * 1_000).toISOString(), state })

const first = { isFirst: true, isLast: false }
const deep = { isFirst: false, isLast: false }

describe('a page that was read again', () => {
  const shown = [row(5), row(4), row(3), row(2), row(1)]

  test('changes rows in their places, and tells what is new above them', () => {
    const merged = mergePage(shown, [row(7), row(6), row(5), row(4, 'running'), row(3)], first)
    expect(merged).toEqual({
      rows: [row(5), row(4, 'running'), row(3), row(2), row(1)],
      fresh: [row(7), row(6)],
      gone: [],
      apart: false,
    })
  })

  test('tells which rows do not belong to it any more; those below it may', () => {
    expect(mergePage(shown, [row(5), row(3)], first).gone).toEqual(['job-4'])
    expect(mergePage(shown, [row(4), row(2)], deep)).toMatchObject({ gone: ['job-3'], fresh: [] })
    expect(mergePage(shown, [], first).gone).toEqual([])
    expect(mergePage(shown, [row(3)], { isFirst: true, isLast: true }).gone).toEqual([
      'job-5',
      'job-4',
      'job-2',
      'job-1',
    ])
    expect(mergePage(shown, [], { isFirst: true, isLast: true }).gone).toHaveLength(5)
  })

  test('rows of one moment may stand on the next page', () => {
    const same = [row(3), { ...row(3), id: 'other' }]
    expect(mergePage(same, [row(3)], first).gone).toEqual([])
  })

  test('says when it has nothing in common with what is shown', () => {
    expect(mergePage(shown, [row(9), row(8)], first)).toMatchObject({ fresh: [row(9), row(8)], apart: true })
    expect(mergePage(shown, [row(0)], first)).toMatchObject({ fresh: [], apart: false })
  })

  test('fills an empty list', () => {
    expect(mergePage([], [row(2), row(1)], first)).toEqual({
      rows: [],
      fresh: [row(2), row(1)],
      gone: [],
      apart: false,
    })
  })
})
