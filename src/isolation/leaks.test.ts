import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { forget, leaky, steady } from '../../test/support/leaky.ts'
import { heard, working } from '../../test/support/work.ts'
import { on } from '../base/emit.ts'
import { systemEnv } from '../base/env.ts'
import type { Events } from '../contract/events.ts'
import type { Receipt } from '../contract/verdict.ts'
import type { Middleware } from '../job/options.ts'
import { Fiber } from '../sandbox/fiber.ts'
import { currentFiber } from '../sandbox/storage.ts'
import type { Holdings } from './gauge.ts'
import { LeakWatch } from './leaks.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const MiB = 2 ** 20

function fiberOf(name: string): Fiber {
  const job = { id: 'i', queue: 'q', name, priority: 5, body: '{}' }
  return new Fiber(
    { receipt: 'r' as Receipt, job, attempts: 1, crashes: 0, enqueuedAtMs: 0, waitedMs: 0 },
    'w',
    0,
    Infinity,
    1,
  )
}

/** Numbers that look random and are the same each time. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** What is told, sandboxes aside: where no collection takes place, all of them stay. */
function heardOfGrowth() {
  const told: Events['leak.suspected'][] = []
  onTestFinished(on('leak.suspected', (event) => void (event.kind !== 'sandboxes' && told.push(event))))
  return told
}

/** A watch over a process that exists on paper. */
function paper() {
  const told = heardOfGrowth()
  let nowMs = 0
  let held: Holdings = { bytes: 0, handles: 0, listeners: 0 }
  let collected = () => {}
  const watch = new LeakWatch({
    env: { ...systemEnv, monoMs: () => nowMs },
    worker: () => 'w',
    handlers: () => new Map(),
    search: () => undefined,
    gauge: { watch: (run) => ((collected = run), () => {}), look: () => held },
  })
  watch.start()
  let running = 0
  const done: Record<string, number> = {}
  return {
    told,
    done,
    total: () => Object.values(done).reduce((sum, count) => sum + count, 0),
    /** Six seconds: so many jobs of each, then a collection. */
    step(jobs: Record<string, number>, holds: (step: number) => Partial<Holdings>, inFlight = 100) {
      nowMs += 6_000
      for (const [name, count] of Object.entries(jobs)) {
        done[name] = (done[name] ?? 0) + count
        for (let n = 0; n < count; n++) {
          watch.entered()
          watch.left(fiberOf(name))
        }
      }
      for (; running < inFlight; running++) watch.entered()
      for (; running > inFlight; running--) watch.left(fiberOf('a'))
      held = { bytes: 100 * MiB, handles: 50, listeners: 10, ...holds(nowMs / 6_000) }
      collected()
    },
  }
}

describe('a steady load never warns', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('with noise, a cache that fills, and a load that swings (%d)', (seed) => {
    const random = dice(seed)
    const { told, step } = paper()
    // Three hours; the load comes and goes within two.
    for (let n = 0; n < 1_800; n++) {
      const inFlight = Math.round(500 + 400 * Math.sin(n / 190))
      // What a cache fills with in some minutes, what is in flight, and what the collector happened to leave.
      const bytes = (100 + 80 * (1 - Math.exp(-n / 30)) + inFlight / 10 + random() * 10) * MiB
      const handles = 50 + inFlight + random() * 50
      const listeners = 10 + Math.round(random() * 4)
      step({ a: 50 + random() * 100, b: 50 + random() * 100 }, () => ({ bytes, handles, listeners }), inFlight)
    }
    expect(told).toEqual([])
  })

  it('nor does one that has more to do for a while', () => {
    const { told, step } = paper()
    for (let n = 0; n < 300; n++) {
      const inFlight = 100 + Math.min(n, 60) * 20
      step({ a: 300 }, () => ({ bytes: (100 + inFlight / 10) * MiB, handles: inFlight }), inFlight)
    }
    expect(told).toEqual([])
  })
})

describe('what grows is named', () => {
  it.each([1, 2, 3, 4, 5])('beside a steady definition, from how it follows the mix (%d)', (seed) => {
    const random = dice(seed)
    const { told, done, total, step } = paper()
    while (told.length === 0 && total() < 200_000) {
      step({ leaking: 100 + random() * 300, steady: 200 + random() * 600 }, () => ({
        bytes: 100 * MiB + (done['leaking'] ?? 0) * 10_240 + random() * 2 * MiB,
      }))
    }
    expect(told).toMatchObject([{ worker: 'w', kind: 'heap', definition: 'leaking', unit: 'bytes a job' }])
    // Per job of any kind, a third of which leak.
    const { low, high, slope } = told[0]!
    expect([low > 0, low <= slope, slope <= high]).toEqual([true, true, true])
    expect(slope).toBeGreaterThan(2_000)
    expect(slope).toBeLessThan(5_000)
    expect(total()).toBeLessThan(100_000)
  })

  it('without a guess where the mix is always the same', () => {
    const { told, total, step } = paper()
    for (let n = 0; n < 150; n++) step({ a: 200, b: 100 }, () => ({ bytes: 100 * MiB + total() * 4_096 }))
    expect(told).toMatchObject([{ kind: 'heap', definition: undefined, candidates: ['a', 'b'] }])
  })

  it('handles and listeners too, each once an hour', () => {
    const { told, total, step } = paper()
    for (let n = 0; n < 500; n++) {
      step({ only: 200 }, () => ({ handles: 50 + total() / 50, listeners: 10 + total() / 100 }))
    }
    expect(told).toMatchObject([
      { kind: 'handles', definition: 'only', unit: 'handles a job' },
      { kind: 'listeners', definition: 'only' },
    ])
    expect(told[0]!.slope).toBeCloseTo(1 / 50)
    for (let n = 0; n < 200; n++) step({ only: 200 }, () => ({ handles: 50 + total() / 50 }))
    expect(told.map(({ kind }) => kind)).toEqual(['handles', 'listeners', 'handles'])
  })
})

it('sandboxes that somebody keeps are told with their definition, those that are let go are not', async () => {
  const told = heard('leak.suspected')
  const kept: Fiber[] = []
  let collected = () => {}
  const watch = new LeakWatch({
    env: systemEnv,
    worker: () => 'w',
    handlers: () => new Map(),
    gauge: { watch: (run) => ((collected = run), () => {}), look: () => ({ bytes: 0, handles: 0, listeners: 0 }) },
  })
  watch.start()
  const end = (name: string, keep: boolean) => {
    for (let n = 0; n < 2_560; n++) {
      const fiber = fiberOf(name)
      if (keep) kept.push(fiber)
      watch.left(fiber)
    }
  }
  for (let round = 0; round < 6; round++) {
    end('keeps', true)
    end('fine', false)
    // A weak reference that was made or asked in this turn of the loop still holds what it refers to.
    await new Promise((resolve) => setImmediate(resolve))
    gc()
    collected()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(told).toMatchObject([{ kind: 'sandboxes', definition: 'keeps', slope: 1, unit: 'sandboxes a job' }])
  expect(kept.length).toBeGreaterThan(0)
})

it('a real leak beside a real steady load is named with its line, in a mix that never changes', async () => {
  const told = heard('leak.suspected')
  onTestFinished(forget)
  const watch = new LeakWatch({
    // A second is two milliseconds.
    env: { ...systemEnv, monoMs: () => performance.now() * 500 },
    worker: () => 'w',
    handlers: () => new Map([leaky, steady].map(({ name, run }) => [name, run])),
  })
  const left: Middleware = async (_job, next) => {
    const fiber = currentFiber()!
    try {
      return await next()
    } finally {
      watch.left(fiber)
    }
  }
  watch.start()
  onTestFinished(() => watch.end())
  const { client, worker } = await working([leaky, steady], { use: [left], isolation: 'off' })
  const none = Array<undefined>(150).fill(undefined)
  for (let rounds = 0; told.length === 0 && rounds < 500; rounds++) {
    await Promise.all([client.enqueueMany(leaky, none), client.enqueueMany(steady, none)])
    await worker.idle()
    gc()
  }
  expect(told[0]).toMatchObject({ kind: 'heap', definition: 'leaky' })
  expect(told[0]!.at).toMatch(/leaky\.ts:\d+:\d+/)
  expect(told[0]!.slope).toBeGreaterThan(5_000)
}, 60_000)
