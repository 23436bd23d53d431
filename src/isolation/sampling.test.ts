import { describe, expect, it, onTestFinished } from 'vitest'
import { leavers } from '../../test/support/leavers.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { type Env, systemEnv, type Timer } from '../base/env.ts'
import { defineJob } from '../index.ts'
import { SamplingWindows } from './sampling.ts'

/** A clock that is wound by hand, and a hook that only counts. */
function world() {
  let nowMs = 0
  let due: { run: () => void; atMs: number }[] = []
  const hook = { calls: 0, on: false, enable: () => void (hook.on = true), disable: () => void (hook.on = false) }
  const env: Env = {
    ...systemEnv,
    monoMs: () => nowMs,
    setTimer(run, delayMs) {
      const timer = { run, atMs: nowMs + delayMs }
      due.push(timer)
      return { timer }
    },
    clearTimer: (timer: Timer | undefined) => void (due = due.filter((one) => one !== timer?.timer)),
  }
  const windows = new SamplingWindows(env, hook)
  /** A millisecond at a time, with so many jobs in each, each of which makes so many things. */
  const wind = (ms: number, jobs = 0, things = 0) => {
    let [open, followed, opened] = [0, 0, 0]
    for (let n = 0; n < ms; n++) {
      nowMs++
      const now = due.filter(({ atMs }) => atMs <= nowMs)
      due = due.filter(({ atMs }) => atMs > nowMs)
      const before = hook.on
      for (const { run } of now) run()
      if (hook.on && !before) opened++
      if (hook.on) open++
      for (let job = 0; job < jobs; job++) {
        windows.entered()
        for (let thing = 0; thing < things && hook.on; thing++) {
          hook.calls++
          followed++
          windows.followed()
        }
      }
    }
    return { open, followed, opened }
  }
  return { windows, hook, wind, timers: () => due.length }
}

describe('sampling windows', () => {
  it('are open a fifth of the time while jobs make nothing, and still come when there are none', () => {
    const { windows, wind } = world()
    windows.start()
    expect(wind(10_000, 1).open).toBeGreaterThan(1_500)
    expect(wind(10_000).opened).toBeGreaterThanOrEqual(9)
  })

  it.each([
    [10, 1],
    [10, 20],
    [100, 1],
    [2, 500],
  ])('cost no more than a microsecond a job: %d jobs a millisecond that make %d things each', (jobs, things) => {
    const { windows, hook, wind } = world()
    windows.start()
    wind(2_000, jobs, things)
    const before = hook.calls
    const { followed, opened } = wind(20_000, jobs, things)
    expect(opened).toBeGreaterThanOrEqual(10)
    expect(followed).toBeGreaterThan(100)
    const us = (hook.calls - before) * 0.3 + followed * 15
    expect(us / (20_000 * jobs)).toBeLessThan(1)
  })

  it('close for good', () => {
    const { windows, hook, wind, timers } = world()
    windows.start()
    expect(hook.on).toBe(true)
    windows.end()
    expect([hook.on, timers()]).toEqual([false, 0])
    expect(wind(5_000, 1).open).toBe(0)
  })
})

it('by default raw timers are found in windows, and one is open at the start', async () => {
  const zombies = heard('job.zombie')
  const job = defineJob('leaver', {}, () => onTestFinished(leavers.interval()))
  const { client } = await working([job])
  const sent = await client.enqueue(job)
  await until(() => zombies.length > 0)
  expect(zombies).toMatchObject([{ id: sent.id, closed: [], kinds: { interval: 1 } }])
})

it('off follows nothing', async () => {
  const zombies = heard('job.zombie')
  const job = defineJob('leaver', {}, () => onTestFinished(leavers.interval()))
  const { client } = await working([job], { isolation: 'off' })
  await (await client.enqueue(job)).result()
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(zombies).toEqual([])
})
