import { expect, test } from 'vitest'
import { memory } from '../../../test/support/memory-store.ts'
import { systemEnv } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import { wantedReplicas } from './autoscale.ts'
import { capsOf, LoadWatch } from './load.ts'

const depth = (ready: number, running: number, about: Partial<QueueDepth> = {}): QueueDepth => ({
  ...{ queue: 'mails', ready, running, paused: false, delayed: 0, blocked: 0 },
  ...{ done: 0, dead: 0, cancelled: 0, quarantined: 0 },
  ...about,
})

const runs = (count: number, sum: number): MetricFamily[] => [
  {
    ...{ name: 'fiber_work_job_run_seconds', help: '', type: 'histogram' },
    samples: [
      { name: 'fiber_work_job_run_seconds_count', labels: {}, value: count },
      { name: 'fiber_work_job_run_seconds_sum', labels: {}, value: sum },
    ],
  },
]

function watching() {
  const at = { ms: 0 }
  return { at, watch: new LoadWatch({ ...systemEnv, monoMs: () => at.ms }) }
}

test('the load is what waits now, what ran lately, and how long it took', () => {
  const { at, watch } = watching()
  watch.look([depth(5, 10)], runs(0, 0))
  expect(watch.load(100, 60)).toEqual({ backlog: 5, held: 0, running: 10, concurrency: 100 })
  at.ms = 60_000
  watch.look([depth(7, 20), depth(1_000, 0, { queue: 'b', paused: true })], runs(10, 30))
  const load = watch.load(100, 60)
  expect(load).toMatchObject({ backlog: 7, held: 0, meanRunSeconds: 3 })
  expect(load.running).toBeCloseTo(10 + 10 * (1 - 1 / Math.E), 9)
  at.ms = 62_000
  watch.look([depth(0, 20)], runs(10, 30))
  expect(watch.load(100, 60).meanRunSeconds).toBe(3)
})

test('it comes to nothing when there is nothing any more', () => {
  const { at, watch } = watching()
  watch.look([depth(0, 1_000)], runs(1, 1))
  for (at.ms = 30_000; at.ms <= 900_000; at.ms += 30_000) watch.look([depth(0, 0)], runs(1, 1))
  expect(wantedReplicas(watch.load(100, 60)).replicas).toBe(0)
})

test('jobs that a rate or a cap lets nobody take in time are held, and not a reason for more replicas', () => {
  const { watch } = watching()
  watch.look([depth(6_000, 4), depth(9_000, 0, { queue: 'b' })], runs(10, 20))
  const rate = new Map([['mails', { concurrencyMax: Infinity, jobsPerSecond: 10 }]])
  expect(watch.load(100, 60, rate)).toMatchObject({ backlog: 600 + 9_000, held: 5_400 })
  // 6 slots are left; each is free again after 2 s, 30 times in a minute.
  const cap = new Map([['mails', { concurrencyMax: 10, jobsPerSecond: Infinity }]])
  expect(watch.load(100, 60, cap)).toMatchObject({ backlog: 180 + 9_000, held: 5_820 })
  const full = new Map([['mails', { concurrencyMax: 3, jobsPerSecond: Infinity }]])
  expect(watch.load(100, 60, full).backlog).toBe(9_000)
})

test('caps are those of the queues in which jobs wait', async () => {
  const { driver } = await memory(['mails', 'free'])
  const rates = [
    { tokens: 100, perMs: 1_000, burst: 100 },
    { tokens: 600, perMs: 60_000, burst: 600 },
  ]
  await driver.limits!.set('mails', 'queue', { rates, concurrencyMax: 7 }, 1)
  await driver.limits!.set('empty', 'queue', { concurrencyMax: 1 }, 1)
  const caps = await capsOf(driver, await driver.depth(['mails', 'free', 'empty']))
  expect([...caps]).toEqual([
    ['mails', { concurrencyMax: 7, jobsPerSecond: 10 }],
    ['free', { concurrencyMax: Infinity, jobsPerSecond: Infinity }],
  ])
})
