import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../../test/support/project.ts'
import { type Load, wantedReplicas } from './autoscale.ts'

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

  test('what limits of the store hold back makes no more than one', () => {
    expect(wantedReplicas({ ...idle, held: 1e6 })).toMatchObject({ replicas: 1, boundBy: 'limits' })
    expect(wantedReplicas({ ...idle, held: 1e6, backlog: 12_000 })).toMatchObject({ replicas: 5, boundBy: 'limits' })
  })

  test('before a job has ended, each that waits is worth a slot', () => {
    const { meanRunSeconds: _, ...unknown } = idle
    expect(wantedReplicas({ ...unknown, backlog: 800 }).replicas).toBe(10)
  })

  test('are told in the shape that deploy/ shows, and that the scaler there reads', () => {
    const read = (path: string) => readFileSync(join(root, 'deploy', path), 'utf8')
    const shown = JSON.parse(/```json\n(.*?)\n```/s.exec(read('README.md'))![1]!) as object
    const told = wantedReplicas({ ...idle, backlog: 5 })
    expect(Object.keys(shown)).toEqual(Object.keys(told))
    expect(told[/valueLocation: (\w+)/.exec(read('keda.yaml'))![1] as 'replicas']).toBe(1)
  })

  test('a concurrency of one is served too', () => {
    expect(wantedReplicas({ ...idle, concurrency: 1, running: 3 }).replicas).toBe(3)
  })
})
