import { describe, expect, test } from 'vitest'
import { systemEnv } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import { type Load, wantedReplicas } from './autoscale.ts'
import { LoadWatch } from './load.ts'

const idle: Load = { backlog: 0, running: 0, concurrency: 100, meanRunSeconds: 2 }

describe('replicas', () => {
  test('are arrival rate times run time over the slots of one, some of which stay free', () => {
    // 400 a second that stay for 2 s are 800 at once; a replica is to use 80 of its 100 slots.
    expect(wantedReplicas({ ...idle, arrivalsPerSecond: 400 })).toEqual({
      ...{ replicas: 10, busySlots: 800, drainSlots: 0, boundBy: 'load' },
    })
    expect(wantedReplicas({ ...idle, arrivalsPerSecond: 400 }, { utilisation: 1 }).replicas).toBe(8)
    expect(wantedReplicas({ ...idle, arrivalsPerSecond: 401 }).replicas).toBe(11)
  })

  test('more for a backlog, as many as work it off in time', () => {
    // 12,000 jobs of 2 s in a minute: 200 a second, 400 slots.
    expect(wantedReplicas({ ...idle, backlog: 12_000 })).toMatchObject({ replicas: 5, drainSlots: 400 })
    expect(wantedReplicas({ ...idle, backlog: 12_000 }, { drainSeconds: 600 }).replicas).toBe(1)
    expect(wantedReplicas({ ...idle, backlog: 12_000, arrivalsPerSecond: 400 }).replicas).toBe(15)
  })

  test('none while there is nothing to do, and one as soon as there is something', () => {
    expect(wantedReplicas(idle).replicas).toBe(0)
    expect(wantedReplicas({ ...idle, backlog: 1 }).replicas).toBe(1)
    expect(wantedReplicas({ ...idle, running: 1 }).replicas).toBe(1)
    expect(wantedReplicas({ ...idle, arrivalsPerSecond: 0.001 }).replicas).toBe(1)
  })

  test('never so few that what runs would have to be given back', () => {
    expect(wantedReplicas({ ...idle, running: 800, arrivalsPerSecond: 1 }).replicas).toBe(10)
  })

  test('stay between the least and the most that was asked for, and say so', () => {
    expect(wantedReplicas(idle, { replicasMin: 2 })).toMatchObject({ replicas: 2, boundBy: 'replicasMin' })
    const much = { ...idle, backlog: 1e9 }
    expect(wantedReplicas(much)).toMatchObject({ replicas: 100, boundBy: 'replicasMax' })
    expect(wantedReplicas(much, { replicasMax: 7 }).replicas).toBe(7)
  })

  test('no more than limits of the store give work to', () => {
    const much = { ...idle, backlog: 1e6 }
    expect(wantedReplicas({ ...much, concurrencyMax: 160 })).toMatchObject({ replicas: 2, boundBy: 'limits' })
    // 100 a second that stay for 2 s.
    expect(wantedReplicas({ ...much, ratePerSecondMax: 100 })).toMatchObject({ replicas: 3, boundBy: 'limits' })
  })

  test('before a job has ended, each that waits is worth a slot', () => {
    const { meanRunSeconds: _, ...unknown } = idle
    expect(wantedReplicas({ ...unknown, backlog: 800 }).replicas).toBe(10)
  })

  test('a concurrency of one is served too', () => {
    expect(wantedReplicas({ ...idle, concurrency: 1, running: 3 }).replicas).toBe(3)
  })
})

describe('the load', () => {
  const depth = (ready: number, running: number, paused = false): QueueDepth => ({
    ...{
      queue: 'mails',
      ready,
      running,
      paused,
      delayed: 0,
      blocked: 0,
      done: 0,
      dead: 0,
      cancelled: 0,
      quarantined: 0,
    },
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

  test('is what waits now, what ran lately, and how long it took', () => {
    const at = { ms: 0 }
    const watch = new LoadWatch({ ...systemEnv, monoMs: () => at.ms })
    watch.look([depth(5, 10)], runs(0, 0))
    expect(watch.load(100)).toEqual({ backlog: 5, running: 10, concurrency: 100 })
    at.ms = 60_000
    watch.look([depth(7, 20), depth(1_000, 0, true)], runs(10, 30))
    const load = watch.load(100)
    expect(load).toMatchObject({ backlog: 7, meanRunSeconds: 3 })
    expect(load.running).toBeCloseTo(10 + 10 * (1 - 1 / Math.E), 9)
    at.ms = 62_000
    watch.look([depth(0, 20)], runs(10, 30))
    expect(watch.load(100).meanRunSeconds).toBe(3)
  })

  test('comes to nothing when there is nothing any more', () => {
    const at = { ms: 0 }
    const watch = new LoadWatch({ ...systemEnv, monoMs: () => at.ms })
    watch.look([depth(0, 1_000)], runs(1, 1))
    for (at.ms = 30_000; at.ms <= 900_000; at.ms += 30_000) watch.look([depth(0, 0)], runs(1, 1))
    expect(wantedReplicas(watch.load(100)).replicas).toBe(0)
  })
})
