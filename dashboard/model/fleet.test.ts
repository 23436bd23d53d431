import { describe, expect, test } from 'vitest'
import { SampleWorker } from '../../test/support/dashboard-source.ts'
import type { Snapshot } from '../../src/contract/dashboard.ts'
import { answered, ended, nobody, present, told } from './fleet.ts'
import { addPoint, livePointsMax, withPast } from './live-series.ts'

const nowMs = Date.UTC(2026, 4, 4)

async function row(process: number, pid: number, atMs = nowMs, change: Partial<Snapshot['worker']> = {}) {
  const snapshot = await new SampleWorker({ nowMs: () => atMs }).snapshot()
  return {
    process,
    pid,
    snapshot: { ...snapshot, worker: { ...snapshot.worker, session: `host:${pid}:x`, ...change } },
  }
}

const told2 = async () => answered(nobody, [await row(0, 10), await row(1, 11)], [], nowMs)

describe('the processes that a page has seen', () => {
  test('stand by their places, and as one', async () => {
    const fleet = answered(nobody, [await row(1, 11), await row(0, 10)], ['one is starting'], nowMs)
    expect(fleet.processes.map(({ pid }) => pid)).toEqual([10, 11])
    expect(fleet.merged?.processes).toHaveLength(2)
    expect(fleet.missing).toEqual(['one is starting'])
  })

  test('one that does not answer is gone, and stays; one that is named as missing is not', async () => {
    const before = await told2()
    expect(
      present(answered(before, [await row(0, 10)], ['pid 11 did not answer in time'], nowMs + 1_000)),
    ).toHaveLength(2)
    const after = answered(before, [await row(0, 10)], [], nowMs + 1_000)
    expect(after.processes[1]?.gone).toEqual({ atMs: nowMs + 1_000, asked: false })
    expect(after.merged?.processes.map(({ pid }) => pid)).toEqual([10])
    const told3 = told(after, [await row(1, 12, nowMs, { startedAtMs: nowMs })], nowMs + 2_000)
    expect(told3.processes.map(({ pid }) => pid)).toEqual([10, 12, 11])
  })

  test('how one ended is told, whenever that is heard', async () => {
    const killed = ended(await told2(), 11, { code: null, signal: 'SIGKILL' }, nowMs + 5)
    expect(killed.processes[1]?.gone).toEqual({ atMs: nowMs + 5, how: 'killed by SIGKILL', asked: false })
    expect(ended(killed, 11, { code: 0, signal: null }, nowMs + 9).processes[1]?.gone?.how).toBe('killed by SIGKILL')
    expect(ended(await told2(), 10, { code: 0, signal: null }, nowMs).processes[0]?.gone).toMatchObject({ asked: true })
    expect(ended(await told2(), 10, { code: 70 }, nowMs).processes[0]?.gone).toMatchObject({
      how: 'ended with code 70',
      asked: false,
    })
    const missed = answered(await told2(), [await row(0, 10)], [], nowMs + 1_000)
    expect(ended(missed, 11, { signal: 'SIGTERM' }, nowMs + 2_000).processes[1]?.gone).toEqual({
      atMs: nowMs + 1_000,
      how: 'killed by SIGTERM',
      asked: false,
    })
  })

  test('one that was draining has ended as it was asked to', async () => {
    const draining = answered(nobody, [await row(0, 10, nowMs, { state: 'draining' })], [], nowMs)
    expect(answered(draining, [], [], nowMs + 1_000).processes[0]?.gone?.asked).toBe(true)
  })

  test('only the newest twenty that are gone are kept', async () => {
    let fleet = nobody
    for (let pid = 1; pid <= 25; pid++) {
      fleet = told(fleet, [await row(0, pid)], nowMs)
      fleet = ended(fleet, pid, { code: 1 }, nowMs + pid)
    }
    expect(fleet.processes).toHaveLength(20)
    expect(fleet.processes.map(({ pid }) => pid)).not.toContain(5)
    expect(fleet.merged).toBeUndefined()
  })
})

describe('the last minutes', () => {
  test('one point a second, from the second look on; only the newest are kept', async () => {
    let fleet = nobody
    let points = addPoint([], fleet)
    for (let second = 0; second < livePointsMax + 5; second++) {
      fleet = told(fleet, [await row(0, 10, nowMs + second * 1_000)], nowMs + second * 1_000)
      points = addPoint(addPoint(points, fleet), fleet)
      if (second === 0) expect(points).toEqual([])
      if (second === 2) expect(points).toHaveLength(2)
    }
    expect(points).toHaveLength(livePointsMax)
    expect(points.at(-1)).toMatchObject({ atMs: nowMs + (livePointsMax + 4) * 1_000 })
  })

  test('what was kept by the minute stands before them', () => {
    const counts = {
      enqueued: 0,
      started: 0,
      released: 0,
      cancelled: 0,
      inFlightMax: 3,
      retried: 30,
      dead: 20,
      quarantined: 10,
    }
    const at = (msAgo: number) => new Date(nowMs - msAgo).toISOString()
    const past = {
      stepMs: 60_000,
      points: [
        { at: at(900_000), done: 1, ...counts },
        {
          at: at(120_000),
          done: 120,
          ...counts,
          depth: { ready: 5, delayed: 6, running: 7, oldestReadyMs: 0 },
          runMs: { count: 1, mean: 1, p50: 2, p95: 3, p99: 4 },
        },
        { at: at(60_000), done: 60, ...counts },
      ],
    }
    expect(withPast([], past, nowMs)).toEqual([
      {
        atMs: nowMs - 90_000,
        donePerS: 2,
        failedPerS: 1,
        runP50Ms: 2,
        runP99Ms: 4,
        waitP50Ms: null,
        waitP99Ms: null,
        running: 7,
        ready: 5,
        delayed: 6,
      },
      {
        atMs: nowMs - 30_000,
        donePerS: 1,
        failedPerS: 1,
        runP50Ms: null,
        runP99Ms: null,
        waitP50Ms: null,
        waitP99Ms: null,
        running: 3,
        // Nobody looked at the queues in that minute.
        ready: null,
        delayed: null,
      },
    ])
    const idle = { at: at(180_000), done: 0, ...counts, retried: 0, dead: 0, quarantined: 0, inFlightMax: 0 }
    expect(withPast([], { ...past, points: [idle] }, nowMs)).toEqual([])
    expect(withPast([], { ...past, points: [idle, past.points[1]!] }, nowMs)).toHaveLength(1)
    const first = { ...withPast([], past, nowMs)[0]!, atMs: nowMs - 60_000 }
    expect(withPast([first], past, nowMs).map(({ atMs }) => atMs)).toEqual([nowMs - 90_000, nowMs - 60_000])
  })
})
