import { expect, test } from 'vitest'
import { systemEnv } from '../../base/env.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import { Instruments } from './instruments.ts'
import { LoopDelay } from './loop.ts'

function valueOf(families: MetricFamily[], name: string, labels: { le?: string } = {}): number | undefined {
  return families
    .flatMap(({ samples, ...family }) => samples.map((sample) => ({ name: family.name, ...sample })))
    .find((sample) => sample.name === name && (labels.le === undefined || sample.labels.le === labels.le))?.value
}

test('the delay of the loop adds up over looks, and its peak outlives a look', () => {
  const at = { ms: 0 }
  const state = {
    count: 8,
    max: 1.01e9,
    mean: 135e6,
    ladder: [
      [50, 10e6],
      [75, 10.4e6],
      [87.5, 14e6],
      [100, 1.01e9],
    ],
  }
  const monitor = {
    get count() {
      return state.count
    },
    get max() {
      return state.max
    },
    get mean() {
      return state.mean
    },
    get percentiles() {
      return new Map(state.ladder as [number, number][])
    },
    reset: () => void Object.assign(state, { count: 0, max: 0, mean: Number.NaN, ladder: [] }),
    enable: () => true,
    disable: () => true,
  }
  const instruments = new Instruments()
  const loop = new LoopDelay({ ...systemEnv, monoMs: () => at.ms }, monitor)
  const look = () => (loop.collect(instruments), instruments.families())
  const first = look()
  const delay = (le: string) => valueOf(first, 'fiber_work_loop_delay_seconds_bucket', { le })
  expect(['0.001', '0.005', '1', '+Inf'].map(delay)).toEqual([6, 7, 8, 8])
  expect(valueOf(first, 'fiber_work_loop_delay_seconds_sum')).toBe(1)
  const max = (families: MetricFamily[]) => valueOf(families, 'fiber_work_loop_delay_max_seconds')
  expect(max(first)).toBe(1)
  Object.assign(state, { count: 2, max: 12e6, mean: 11e6, ladder: [[100, 12e6]] })
  at.ms = 15_000
  const second = look()
  expect(valueOf(second, 'fiber_work_loop_delay_seconds_count')).toBe(10)
  expect(max(second)).toBe(1)
  at.ms = 29_000
  expect(max(look())).toBe(1)
  at.ms = 30_000
  look()
  expect(max(look())).toBe(0)
})
