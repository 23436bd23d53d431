import { describe, expect, test } from 'vitest'
import { SampleWorker } from '../../test/support/dashboard-source.ts'
import type { Snapshot } from '../../src/contract/dashboard.ts'
import { advance, type History } from './history.ts'
import { merge } from './merge.ts'

const nowMs = Date.UTC(2026, 4, 4)

async function sample(session: string, change: Partial<Snapshot> = {}): Promise<Snapshot> {
  const snapshot = await new SampleWorker({ nowMs: () => nowMs }).snapshot()
  return { ...snapshot, ...change, worker: { ...snapshot.worker, session } }
}

const told = (...snapshots: Snapshot[]) =>
  snapshots.map((snapshot, process) => ({ process, pid: 100 + process, snapshot }))

describe('merge', () => {
  test('one process is itself; none, or of another version, is nothing', async () => {
    const one = await sample('a')
    expect(merge(told(one))).toEqual({ snapshot: one, processes: told(one) })
    expect(merge([])).toBeUndefined()
    expect(
      merge([
        { process: 0, pid: 1 },
        { process: 1, pid: 2, snapshot: { health: 'fine' } },
      ]),
    ).toBeUndefined()
  })

  test('adds up, takes the worst, and the newest depths', async () => {
    const a = await sample('a', { cpu: 0.5, loopDelayMs: { p50: 1, p99: 400, max: 900 } })
    const b = await sample('b', {
      atMs: a.atMs + 5,
      cpu: 0.25,
      memory: { rssBytes: 1, heapUsedBytes: 99, heapLimitBytes: 100 },
      queues: a.queues.map((queue) => ({ ...queue, ready: 7 })),
    })
    const { snapshot } = merge(told(a, b))!
    expect(snapshot.worker.session).toBe('2 processes')
    expect(snapshot.fibers.running).toBe(a.fibers.running * 2)
    expect(snapshot.fibers.concurrency).toBe(20_000)
    expect(snapshot.totals.done).toBe(a.totals.done * 2)
    expect(snapshot.cpu).toBe(0.75)
    expect(snapshot.loopDelayMs.p99).toBe(400)
    expect(snapshot.memory).toEqual({ rssBytes: a.memory.rssBytes + 1, heapUsedBytes: 99, heapLimitBytes: 100 })
    expect(snapshot.queues.map(({ ready }) => ready)).toEqual(a.queues.map(() => 7))
    expect(snapshot.definitions.map(({ done }) => done)).toEqual(a.definitions.map(({ done }) => done * 2))
    expect(snapshot.slowest).toHaveLength(50)
    expect(snapshot.failures).toHaveLength(100)
  })

  test('percentiles: the mean by jobs done, and the worst of the tail', async () => {
    const percentiles = (p50: number) => ({ p50, p90: p50 * 2, p99: p50 * 3, max: p50 * 4 })
    const a = await sample('a', { runMs: percentiles(100) })
    const b = await sample('b', { runMs: percentiles(200), totals: { ...a.totals, done: a.totals.done * 3 } })
    expect(merge(told(a, b))!.snapshot.runMs).toEqual({ p50: 175, p90: 350, p99: 600, max: 800 })
  })

  test('the liveliest state: one that drains in a rolling reload does not hide those that run', async () => {
    const state = async (...states: Snapshot['worker']['state'][]) => {
      const parts = await Promise.all(states.map((_, index) => sample(`s${index}`)))
      for (const [index, part] of parts.entries()) part.worker.state = states[index]!
      return merge(told(...parts))!.snapshot.worker.state
    }
    expect(await state('draining', 'running')).toBe('running')
    expect(await state('paused', 'paused')).toBe('paused')
    expect(await state('stopped', 'draining')).toBe('draining')
  })
})

describe('the history of several', () => {
  const at = (part: Snapshot, seconds: number, done: number): Snapshot => ({
    ...part,
    atMs: nowMs + seconds * 1_000,
    totals: { ...part.totals, done },
  })
  const look = (history: History | undefined, ...parts: Snapshot[]) =>
    advance(history, merge(told(...parts))!.snapshot, parts)

  test('one that does not answer for a while, and one that starts anew, are no leaps', async () => {
    const [a, b] = [await sample('a'), await sample('b')]
    let history = look(undefined, at(a, 0, 100), at(b, 0, 50_000))
    history = look(history, at(a, 1, 200), at(b, 1, 50_100))
    expect(history.donePerS).toBe(200)
    history = look(history, at(a, 2, 300))
    history = look(history, at(a, 3, 400))
    expect(history.donePerS).toBe(100)
    history = look(history, at(a, 4, 500), at(b, 4, 50_400))
    expect(history.donePerS).toBe(100)
    const anew = await sample('c')
    anew.worker.startedAtMs = nowMs + 4_500
    history = look(history, at(a, 5, 600), at(anew, 5, 40))
    expect(history.donePerS).toBe(120)
    expect(history.samples).toHaveLength(5)
  })
})
