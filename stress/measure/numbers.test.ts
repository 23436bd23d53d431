import { describe, expect, test } from 'vitest'
import { idealMs, percentilesOf, rounded } from './numbers.ts'

const wait = (ms: number) => ({ chainMs: ms, slotMs: ms, loopMs: 0 })
const many = (count: number, ms: number) => Array.from({ length: count }, () => wait(ms))

describe('idealMs', () => {
  test.each<[string, ReturnType<typeof wait>[], number, number]>([
    ['nothing to do', [], 10, 0],
    ['all at once', many(10, 1_000), 10, 1_000],
    ['more slots than jobs', many(3, 1_000), 10, 1_000],
    ['three full rounds', many(30, 1_000), 10, 3_000],
    ['a last round that is not full needs a whole one', many(21, 1_000), 10, 3_000],
    ['the longest job alone', [wait(5_000), ...many(9, 10)], 10, 5_000],
    ['busy slots', [...many(10, 100), ...many(10, 300)], 10, 400],
  ])('%s', (_, needs, concurrency, ideal) => expect(idealMs(needs, concurrency)).toBe(ideal))

  test('a blocked loop runs one job at a time, however many slots there are', () => {
    const needs = Array.from({ length: 10 }, () => ({ chainMs: 100, slotMs: 100, loopMs: 100 }))
    expect(idealMs(needs, 100)).toBe(1_000)
  })

  test('a pause before a retry holds no slot', () => {
    expect(idealMs([{ chainMs: 1_100, slotMs: 1_000, loopMs: 0 }, wait(1_000)], 1)).toBe(2_000)
  })
})

describe('percentilesOf', () => {
  test('nearest rank', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(percentilesOf(values)).toEqual({ p50: 50, p90: 90, p99: 99, max: 100 })
    expect(percentilesOf(Float64Array.of(7))).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 })
    expect(percentilesOf(new Float64Array())).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 })
  })
})

test('rounded', () => expect([1.23456, -0.001, 1e6].map(rounded)).toEqual([1.23, -0, 1e6]))
