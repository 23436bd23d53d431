import { describe, expect, it } from 'vitest'
import { growthOf } from './growth.ts'
import { growerOf } from './shares.ts'
import { robustSlopeOf, slopeOf } from './slope.ts'

const line = (count: number, of: (x: number) => number) => Array.from({ length: count }, (_, x) => ({ x, y: of(x) }))

describe('slopes', () => {
  it('least squares, with the interval of the textbook', () => {
    const { slope, low, high } = slopeOf([1, 2, 3, 4, 5].map((x, at) => ({ x, y: [2.1, 3.9, 6.2, 7.8, 10.1][at]! })))
    expect(slope).toBeCloseTo(1.99, 6)
    // Its standard error is 0.0597, and t at three degrees of freedom 3.182.
    expect([low, high].map((value) => value.toFixed(2))).toEqual(['1.80', '2.18'])
  })

  it('the robust one does not care for a few that are far off', () => {
    const points = line(20, (x) => (x % 7 === 3 ? 1e6 : 5 * x))
    expect(robustSlopeOf(points).slope).toBe(5)
    expect(slopeOf(points).slope).not.toBeCloseTo(5, 0)
  })

  it('of one that stands still it is zero', () => {
    expect(robustSlopeOf(line(20, () => 7))).toEqual({ slope: 0, low: 0, high: 0 })
    expect(slopeOf(line(20, () => 7)).slope).toBe(0)
  })
})

describe('growth', () => {
  const threshold = { least: 10, share: 0.1 }

  it.each([
    ['too few windows', line(19, (x) => 100 + 10 * x)],
    ['too little', line(30, (x) => 100 + 0.2 * x)],
    ['too little for what there is', line(30, (x) => 1e6 + 10 * x)],
    ['up and down', line(30, (x) => 100 + 100 * Math.sin(x / 3))],
    ['it fills', line(30, (x) => 100 + 100 * (1 - Math.exp(-x / 8)))],
    ['it falls', line(30, (x) => 1_000 - 10 * x)],
  ])('is none: %s', (_, points) => expect(growthOf(points, threshold)).toBeUndefined())

  it('is one when it goes on', () =>
    expect(
      growthOf(
        line(30, (x) => 100 + 3 * x),
        threshold,
      )?.slope,
    ).toBe(3))
})

describe('whose growth it is', () => {
  const stretches = (mix: (at: number) => Record<string, number>, grown: (jobs: Record<string, number>) => number) =>
    Array.from({ length: 12 }, (_, at) => ({ grown: grown(mix(at)), jobs: new Map(Object.entries(mix(at))) }))

  it('the only one’s', () =>
    expect(
      growerOf(
        stretches(
          () => ({ a: 5 }),
          () => 1,
        ),
      ),
    ).toBe('a'))
  it('that of the one it follows', () => {
    const mix = (at: number) => ({ a: 100 + 10 * (at % 3), b: 50 + 20 * (at % 4), c: 30 + at })
    expect(growerOf(stretches(mix, ({ b }) => 7 * b!))).toBe('b')
  })
  it('nobody’s, where all always run side by side, or two grow', () => {
    expect(
      growerOf(
        stretches(
          (at) => ({ a: 10 + at, b: 20 + 2 * at }),
          ({ a }) => a!,
        ),
      ),
    ).toBeUndefined()
    const mix = (at: number) => ({ a: 100 + 10 * (at % 3), b: 50 + 20 * (at % 4) })
    expect(growerOf(stretches(mix, ({ a, b }) => a! + b!))).toBeUndefined()
  })
  it('nobody’s, with too little to go by', () => {
    expect(
      growerOf(
        stretches(
          (at) => ({ a: at, b: 1 }),
          () => 1,
        ).slice(0, 4),
      ),
    ).toBeUndefined()
  })
})
