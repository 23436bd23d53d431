import { describe, expect, test, vi } from 'vitest'
import { quick, supervise } from '../../test/support/supervising.ts'
import type { Supervised } from '../../test/support/supervised.ts'
import { healthOfFleet } from '../api/health.ts'
import { systemEnv } from '../base/env.ts'
import { Restarts } from './restarts.ts'
import { Supervisor } from './supervisor.ts'

async function untilUp(supervisor: Supervisor): Promise<void> {
  await vi.waitFor(async () => expect(await healthOfFleet(supervisor)).toMatchObject({ ok: true }), { timeout: 10_000 })
}

describe('ends', () => {
  test('a stop drains all, and they end together', async () => {
    const { supervisor } = supervise({}, { processes: 2 })
    await untilUp(supervisor)
    supervisor.stop(1, 'SIGTERM')
    expect(await supervisor.ended).toMatchObject({ code: 0, restarts: 0, summaries: [{ done: 1 }, { done: 1 }] })
  })

  test('what was never up is not tried again: its code and its error are the answer', async () => {
    const { supervisor, said } = supervise({ up: false, failed: 'no jobs', exit: 69 })
    expect(await supervisor.ended).toMatchObject({ code: 69, restarts: 0, failure: { message: 'no jobs' } })
    expect(said).toEqual([])
  })

  test.each([78, 65])('%i is final although it was up', async (exit) => {
    const { supervisor } = supervise({ exit })
    expect(await supervisor.ended).toMatchObject({ code: exit, restarts: 0 })
  })

  test('its user said goodbye', async () => {
    const { supervisor } = supervise({ quit: true })
    expect(await supervisor.ended).toMatchObject({ code: 0 })
  })

  test('a script that does not exist', async () => {
    const supervisor = new Supervisor({
      env: systemEnv,
      processes: 1,
      api: false,
      script: '/nowhere.js',
      args: [],
      terminal: false,
      quietStdout: true,
      say: () => {},
    })
    expect(await supervisor.ended).toMatchObject({ code: 1 })
  })
})

describe('restarts', () => {
  test.each<[Supervised, string]>([
    [{ exit: 70 }, 'ended with 70'],
    [{ exit: 1 }, 'ended with 1'],
    [{ exit: 0 }, 'ended with 0'],
    [{ kill: 'SIGKILL' }, 'was killed by SIGKILL'],
    [{ up: false, kill: 'SIGKILL' }, 'was killed by SIGKILL'],
  ])('%o', async (options, how) => {
    const { supervisor, said } = supervise(options, { env: quick })
    await vi.waitFor(() => expect(said.length).toBeGreaterThanOrEqual(2), { timeout: 10_000 })
    expect(said[0]).toContain(how)
    supervisor.stop(1, 'enough')
    expect((await supervisor.ended).restarts).toBeGreaterThanOrEqual(2)
  })

  test('a stop in the pause between two starts ends at once', async () => {
    const { supervisor, said } = supervise({ exit: 70 })
    await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 10_000 })
    supervisor.stop(1, 'enough')
    expect(await supervisor.ended).toMatchObject({ code: 0, restarts: 1 })
  })

  test('health says so meanwhile', async () => {
    const { supervisor, said } = supervise({ exit: 70 })
    await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 10_000 })
    expect(await healthOfFleet(supervisor)).toMatchObject({
      ok: false,
      ready: false,
      reasons: [expect.stringContaining('about to be restarted')],
    })
  })
})

describe('a process that does not hear', () => {
  test('is killed when its time is over', async () => {
    const { supervisor, said } = supervise({ blocked: true }, { env: quick })
    await new Promise<void>((resolve) => supervisor.watch(() => resolve(), 'all'))
    supervisor.stop(1, 'SIGTERM')
    expect(await supervisor.ended).toMatchObject({ code: 1 })
    expect(said).toEqual([expect.stringContaining('was killed by SIGKILL while it stopped')])
  })

  test('is unhealthy', async () => {
    const { supervisor } = supervise({ blocked: true }, { env: quick })
    expect(await healthOfFleet(supervisor)).toMatchObject({
      ok: false,
      reasons: [expect.stringMatching(/the worker process \d+ does not answer/)],
    })
  })

  test('somebody out of patience kills it', async () => {
    const { supervisor } = supervise({ deaf: true })
    await untilUp(supervisor)
    supervisor.stop(1, 'SIGTERM')
    supervisor.stop(1, 'SIGTERM')
    supervisor.stop(2, 'SIGTERM')
    supervisor.kill()
    expect(await supervisor.ended).toMatchObject({ code: 1 })
  })
})

describe('the pauses', () => {
  const crash = { code: 70, signal: null, wasUp: true, upMs: 1_000 } as const

  test('double to half a minute, and begin anew after a healthy minute', () => {
    const restarts = new Restarts(() => 1)
    const pauses = Array.from({ length: 10 }, () => restarts.decide(crash)).map((decision) =>
      decision.kind === 'restart' ? decision.inMs : -1,
    )
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
    expect(restarts.decide({ ...crash, upMs: 60_000 })).toEqual({ kind: 'restart', inMs: 200 })
    expect(restarts.total).toBe(11)
  })

  test('where somebody has worked, what cannot start is tried until it can: a store is down, a file is wrong', () => {
    const never = { code: 78, signal: null, wasUp: false, upMs: 0 } as const
    expect(new Restarts(() => 1).decide(never)).toEqual({ kind: 'final', code: 78 })
    const restarts = new Restarts(() => 1)
    restarts.up()
    expect(restarts.decide(never)).toEqual({ kind: 'restart', inMs: 200 })
    expect(restarts.decide({ ...never, code: 69 })).toEqual({ kind: 'restart', inMs: 400 })
  })

  test('an end with 0 before it was up is no success', () => {
    expect(new Restarts(() => 1).decide({ code: 0, signal: null, wasUp: false, upMs: 0 })).toEqual({
      kind: 'final',
      code: 1,
    })
  })
})
