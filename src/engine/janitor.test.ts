import { expect, it, onTestFinished } from 'vitest'
import { heard } from '../../test/support/work.ts'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { virtualEnv } from '../../drivers/memory/virtual-env.ts'
import type { Driver } from '../contract/driver.ts'
import type { Inspector } from '../contract/inspector.ts'
import type { Keep } from '../contract/verdict.ts'
import { Janitor, type QueueKeeps } from './janitor.ts'

type Trim = NonNullable<Inspector['trim']>

/** A store of which only the inspector's `trim` and the ledger are asked. */
async function janitors(trims: Trim[], keeps: QueueKeeps) {
  const env = virtualEnv()
  const store = createMemoryStore({ env })
  const all = await Promise.all(
    trims.map(async (trim) => {
      const driver = memoryDriver({ store, env })
      await driver.open()
      const { ledger, inspector } = driver
      return new Janitor(env, { ledger, inspector: { ...inspector, trim } } as unknown as Driver, keeps)
    }),
  )
  for (const janitor of all) janitor.start()
  onTestFinished(async () => void (await Promise.all(all.map((janitor) => janitor.stop()))))
  return { env, all }
}

/** Trims from what is there. */
function shelf(jobs: Record<string, number>) {
  const calls: { queue: string; states: readonly string[]; keep: Keep; limit: number; atMs: number }[] = []
  const trimAt =
    (nowMs: () => number): Trim =>
    async (queue, states, keep, limit) => {
      calls.push({ queue, states, keep, limit, atMs: nowMs() })
      const key = `${queue} ${states.join()}`
      const removed = Math.min(limit, Math.max(0, (jobs[key] ?? 0) - keep.count))
      jobs[key] = (jobs[key] ?? 0) - removed
      return { removed, more: jobs[key] > keep.count }
    }
  return { jobs, calls, trimAt }
}

const dead = { count: 100, ageMs: 1_000 }

it('drops what is too much in chunks with pauses, of each state of each queue', async () => {
  const { jobs, calls, trimAt } = shelf({ 'a dead': 1_100, 'b done': 3 })
  const trimmed = heard('queue.trimmed')
  const { env } = await janitors([trimAt(() => env.nowMs())], { a: { dead }, b: { done: { count: 0, ageMs: 0 } } })
  await env.advance(59_000)
  expect(calls).toEqual([])
  await env.advance(2_000)
  expect(jobs).toEqual({ 'a dead': 100, 'b done': 0 })
  expect(trimmed).toEqual([
    { queue: 'a', state: 'dead', removed: 1_000 },
    { queue: 'b', state: 'done', removed: 3 },
  ])
  expect(calls.every(({ limit }) => limit <= 500)).toBe(true)
  const pauses = calls.slice(1, 4).map(({ atMs }, i) => atMs - calls[i]!.atMs)
  expect(pauses).toEqual([20, 20, 20])
})

it('one of several does it; another when that one has stopped, or is dead', async () => {
  const counts = [0, 0, 0]
  const trims = counts.map(
    (_, i): Trim =>
      async () => (counts[i]!++, { removed: 0, more: false }),
  )
  const { env, all } = await janitors(trims, { a: { dead } })
  await env.advance(300_000)
  const [first] = [counts.findIndex((count) => count > 0)]
  expect(counts.filter((count) => count > 0)).toHaveLength(1)
  await all[first]!.stop()
  const before = counts[first]
  await env.advance(120_000)
  expect(counts.filter((count) => count > 0)).toHaveLength(2)
  expect(counts[first]).toBe(before)
})

it('tells what fails, tries again, later each time, and tells when it works again', async () => {
  const [failed, recovered] = [heard('store.failed'), heard('store.recovered')]
  let calls = 0
  const trim: Trim = async () => {
    if (++calls <= 2) throw new Error('the store is busy')
    return { removed: 0, more: false }
  }
  const { env } = await janitors([trim], { a: { dead } })
  await env.advance(61_000)
  expect(failed).toMatchObject([{ verb: 'trim', tries: 1, givenUp: false }])
  await env.advance(60_000 + 120_000)
  expect(calls).toBe(3)
  expect(failed).toHaveLength(2)
  expect(recovered).toMatchObject([{ verb: 'trim', tries: 2 }])
})

it('stops between two chunks, and never asks for ever', async () => {
  let calls = 0
  const endless: Trim = async () => (calls++, { removed: 1, more: true })
  const { env, all } = await janitors([endless], { a: { dead } })
  await env.advance(61_000)
  expect(calls).toBeGreaterThan(10)
  const before = calls
  await all[0]!.stop()
  await env.advance(60_000)
  expect(calls).toBe(before)
  const lying = shelf({})
  const { env: other } = await janitors(
    [async (...given) => ({ ...(await lying.trimAt(() => 0)(...given)), more: true })],
    { a: { dead } },
  )
  await other.advance(65_000)
  expect(lying.calls).toHaveLength(1)
})

it('a call that is never answered ends with the worker', async () => {
  const { env, all } = await janitors([() => new Promise(() => {})], { a: { dead } })
  const failed = heard('store.failed')
  await env.advance(61_000)
  await all[0]!.stop()
  expect(failed).toEqual([])
})

it('does nothing where the inspector cannot trim', async () => {
  const env = virtualEnv()
  const janitor = new Janitor(env, { inspector: {} } as Driver, { a: { dead } })
  janitor.start()
  await env.advance(200_000)
  await janitor.stop()
})
