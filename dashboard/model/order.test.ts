import { describe, expect, test } from 'vitest'
import { sortRows } from './order.ts'

describe('sortRows', () => {
  const rows = [{ n: 2 }, {}, { n: 10 }, { n: 2, second: true }] as { n?: number; second?: boolean }[]

  test('numbers stand largest first, equal ones as they were, and those without a value last', () => {
    expect(sortRows(rows, ({ n }) => n, { reverse: false })).toEqual([{ n: 10 }, { n: 2 }, { n: 2, second: true }, {}])
    expect(sortRows(rows, ({ n }) => n, { reverse: true })).toEqual([{ n: 2 }, { n: 2, second: true }, { n: 10 }, {}])
  })

  test('texts stand from A on, and numbers in them by their size', () => {
    const names = ['tenant-10', 'tenant-9', 'Alpha', 'beta']
    expect(sortRows(names, (name) => name, { reverse: false })).toEqual(['Alpha', 'beta', 'tenant-9', 'tenant-10'])
  })
})
