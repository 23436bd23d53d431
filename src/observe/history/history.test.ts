import { describe, expect, it, onTestFinished } from 'vitest'
import { heard } from '../../../test/support/work.ts'
import { createMemoryStore, memoryDriver } from '../../../drivers/memory/index.ts'
import { type VirtualEnv, virtualEnv } from '../../../drivers/memory/virtual-env.ts'
import { emit } from '../../base/emit.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { Ledger } from '../../contract/ledger.ts'
import type { VerdictKind } from '../../contract/verdict.ts'
import { startHistory } from './history.ts'
import { hourMs, minuteMs, partKey, partPrefix } from './keys.ts'
import { readHistory } from './read.ts'
import { writeSpan } from './record.ts'
import { countEnd } from './cell.ts'
import { cellOf, lineOf, type Span } from './span.ts'

/** The middle of an hour and of a minute: parts of them are parts. */
const startMs = Math.floor(1_800_000_000_000 / hourMs) * hourMs + 30 * minuteMs

async function ledgerAt(env: VirtualEnv): Promise<Ledger> {
  const driver = memoryDriver({ store: createMemoryStore({ env }), env })
  await driver.open()
  return driver.ledger!
}

const depthOf = (queue: string, ready: number): QueueDepth => ({
  ...{ queue, ready, delayed: 0, blocked: 0, running: 0, done: 0, dead: 0, cancelled: 0, quarantined: 0 },
  ...{ paused: false, oldestReadyMs: ready * 10 },
})

/** A process: what it does is told under its name. */
function processOn(env: VirtualEnv, ledger: Ledger, worker: string, depths: () => QueueDepth[] = () => []) {
  const stop = startHistory({
    env,
    ledger,
    isMine: (session) => session === worker,
    depth: async () => depths(),
  })
  let ended = false
  const end = async () => {
    if (!ended) await stop()
    ended = true
  }
  onTestFinished(end)
  const event = (name: string, queue = 'mail') => ({ worker, id: 'a', name, queue, group: undefined, attempt: 1 })
  return {
    stop: end,
    start: (name: string, waitedMs = 1, queue?: string) =>
      emit('job.started', () => ({ ...event(name, queue), waitedMs, crashes: 0 })),
    end: (name: string, verdict: VerdictKind = 'done', runMs = 1, queue?: string) =>
      emit('job.ended', () => ({ ...event(name, queue), verdict, runMs, timedOut: false, error: undefined })),
  }
}

/** One minute of a process, as it writes it. */
function partOf(count: number, queue = 'mail'): string {
  const span: Span = new Map()
  for (let i = 0; i < count; i++) countEnd(cellOf(lineOf(span, queue), 'send'), 2, 10)
  lineOf(span, queue).inFlightMax = 1
  return writeSpan(span)
}

const keysOf = async (ledger: Ledger) => (await ledger.list('history:', 1_000)).map(({ key }) => key)
const doneIn = (points: { done: number }[]) => points.reduce((sum, { done }) => sum + done, 0)

describe('history', () => {
  it('counts by queue, name and minute what happened, how long it took and how full the queue was', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    const worker = processOn(env, ledger, 'w', () => [depthOf('mail', 7), depthOf('quiet', 0)])
    emit('job.enqueued', () => ({ queue: 'mail', name: 'send', outcome: 'added' }))
    emit('job.enqueued', () => ({ queue: 'mail', name: 'send', outcome: 'duplicate' }))
    for (let i = 0; i < 3; i++) worker.start('send', 200)
    const verdicts = ['done', 'retry', 'dead'] as const
    for (const verdict of verdicts) worker.end('send', verdict, 100)
    await env.advance(minuteMs)
    worker.start('check')
    worker.end('check', 'cancelled')
    worker.start('check')
    worker.end('check', 'quarantined')
    await env.advance(minuteMs + 10_000)
    const all = await readHistory(ledger, { fromMs: startMs, toMs: env.nowMs() })
    expect(all).toMatchObject({ stepMs: minuteMs, queues: ['mail'], names: ['check', 'send'], whole: true })
    expect(all.points).toHaveLength(3)
    expect(all.points[0]).toMatchObject({
      atMs: startMs,
      ...{ enqueued: 1, started: 3, done: 1, retried: 1, dead: 1, cancelled: 0, released: 0, inFlightMax: 3 },
      depth: { ready: 7, oldestReadyMs: 70 },
    })
    for (const [spread, ms] of [
      [all.points[0]!.runMs!, 100],
      [all.points[0]!.waitMs!, 200],
    ] as const) {
      expect(spread).toMatchObject({ count: 3, mean: ms })
      expect(Math.abs(spread.p99 - ms) / ms).toBeLessThan(0.1)
    }
    expect(all.points[1]).toMatchObject({ cancelled: 1, quarantined: 1, inFlightMax: 1 })
    const sends = await readHistory(ledger, { fromMs: startMs, toMs: env.nowMs(), name: 'send', queue: 'mail' })
    expect(sends.points.map(({ started }) => started)).toEqual([3, 0, 0])
    expect(sends.points[0]!.depth).toBeUndefined()
    expect((await readHistory(ledger, { fromMs: startMs, toMs: env.nowMs(), queue: 'other' })).names).toEqual([])
  })

  it('a clean stop writes the minute that has begun, a crash loses it and no more', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    const [clean, crashing] = [processOn(env, ledger, 'clean'), processOn(env, ledger, 'crashing')]
    for (const worker of [clean, crashing]) worker.end('send')
    await env.advance(minuteMs + 10_000)
    for (const worker of [clean, crashing]) worker.end('send')
    await clean.stop()
    const { points } = await readHistory(ledger, { fromMs: startMs, toMs: startMs + 2 * minuteMs })
    expect(points.map(({ done }) => done)).toEqual([2, 1])
  })

  it('writes nothing where nothing happens', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    const worker = processOn(env, ledger, 'w', () => [depthOf('mail', 0)])
    await env.advance(10 * minuteMs)
    await worker.stop()
    expect(await keysOf(ledger)).toEqual([])
  })

  it('what is enqueued in a process with two workers is counted once', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    const [a, b] = [processOn(env, ledger, 'a'), processOn(env, ledger, 'b')]
    const enqueue = () => emit('job.enqueued', () => ({ queue: 'mail', name: 'send', outcome: 'added' }))
    enqueue()
    await a.stop()
    enqueue()
    await b.stop()
    const { points } = await readHistory(ledger, { fromMs: startMs, toMs: startMs + minuteMs })
    expect(points[0]!.enqueued).toBe(2)
  })

  it('adds up what all processes wrote, minutes first, after a day hours, and counts nothing twice', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    const all = ['a', 'b', 'c'].map((name) => processOn(env, ledger, name))
    for (let minute = 0; minute < 40; minute++) {
      for (const worker of all) {
        worker.start('send')
        worker.end('send')
      }
      await env.advance(minuteMs)
    }
    await env.advance(10 * minuteMs)
    const minutes = await keysOf(ledger)
    expect(minutes).toHaveLength(40)
    expect(minutes.every((key) => key.startsWith('history:m:'))).toBe(true)
    const request = { fromMs: startMs, toMs: startMs + hourMs }
    const before = await readHistory(ledger, request)
    expect(doneIn(before.points)).toBe(120)
    expect(before.points[5]).toMatchObject({ done: 3, inFlightMax: 3 })
    await env.advance(25 * hourMs)
    expect(await keysOf(ledger)).toHaveLength(2)
    const after = await readHistory(ledger, request)
    expect(after).toMatchObject({ stepMs: hourMs })
    expect(after.points.map(({ done, inFlightMax }) => [done, inFlightMax])).toEqual([
      [90, 3],
      [30, 3],
    ])
    await env.advance(31 * 24 * hourMs)
    expect(await keysOf(ledger)).toEqual([])
  })

  it('a store that fails is told of, and what could not be written is written once it can be, once', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    let broken: 'before' | 'after' | undefined = 'before'
    const flaky: Ledger = {
      ...ledger,
      async write(writes) {
        if (broken === 'before') throw new Error('no connection')
        const versions = await ledger.write(writes)
        if (broken === 'after') throw new Error('the answer was cut off')
        return versions
      },
    }
    const failed = heard('store.failed')
    const worker = processOn(env, flaky, 'w')
    worker.end('send')
    await env.advance(minuteMs)
    broken = 'after'
    worker.end('send')
    await env.advance(minuteMs)
    broken = undefined
    await env.advance(10 * minuteMs)
    expect(failed.some(({ verb, error }) => verb === 'history' && String(error).includes('no connection'))).toBe(true)
    const { points } = await readHistory(ledger, { fromMs: startMs, toMs: env.nowMs() })
    expect(points.slice(0, 3).map(({ done }) => done)).toEqual([1, 1, 0])
  })

  it('a queue that cannot be looked at does not keep the jobs from being counted', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    const worker = processOn(env, ledger, 'w', () => {
      throw new Error('no depth')
    })
    worker.end('send')
    await worker.stop()
    expect(doneIn((await readHistory(ledger, { fromMs: startMs, toMs: env.nowMs() + 1 })).points)).toBe(1)
  })

  it('ten thousand processes become one record; reading them before that is bounded', { timeout: 60_000 }, async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    // The store is asked in pages; what it has is sorted once here, so that the test is quick.
    const parts = Array.from({ length: 10_000 }, (_, i) => ({ key: partKey(startMs, `w${i}`), value: partOf(2) }))
    await ledger.write(parts)
    let [lists, writesMax] = [0, 0]
    const counting: Ledger = {
      ...ledger,
      list(prefix, limit, after) {
        lists++
        expect(limit).toBeLessThanOrEqual(250)
        return ledger.list(prefix, limit, after)
      },
      write(writes) {
        writesMax = Math.max(writesMax, writes.length)
        return ledger.write(writes)
      },
    }
    const request = { fromMs: startMs, toMs: startMs + minuteMs }
    const before = await readHistory(counting, request)
    expect(before).toMatchObject({ whole: true, points: [{ done: 20_000, inFlightMax: 10_000 }] })
    expect(lists).toBeLessThanOrEqual(45)
    processOn(env, counting, 'keeper')
    await env.advance(6 * minuteMs)
    expect(await ledger.list(partPrefix, 1)).toEqual([])
    expect(writesMax).toBeLessThanOrEqual(100)
    lists = 0
    expect(await readHistory(counting, request)).toEqual(before)
    expect(lists).toBeLessThanOrEqual(3)
  })

  it('two who believe to keep it count nothing twice', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    await ledger.write(Array.from({ length: 500 }, (_, i) => ({ key: partKey(startMs, `w${i}`), value: partOf(1) })))
    // Both are told that they hold the office.
    const believing: Ledger = {
      ...ledger,
      read: async (keys) => (keys[0] === 'history-keeper' ? [undefined] : ledger.read(keys)),
      write: async (writes) => (writes[0]!.key === 'history-keeper' ? [1] : ledger.write(writes)),
    }
    processOn(env, believing, 'a')
    processOn(env, believing, 'b')
    await env.advance(20 * minuteMs)
    const { points } = await readHistory(ledger, { fromMs: startMs, toMs: startMs + minuteMs })
    expect(points[0]!.done).toBe(500)
  })

  it('a record that cannot be read stands in nobody’s way', async () => {
    const env = virtualEnv(startMs)
    const ledger = await ledgerAt(env)
    await ledger.write([
      { key: `${partPrefix}nonsense`, value: 'x' },
      { key: partKey(startMs, 'a'), value: '{"v":9}' },
      { key: partKey(startMs, 'b'), value: partOf(1) },
    ])
    const request = { fromMs: startMs, toMs: startMs + minuteMs }
    expect(doneIn((await readHistory(ledger, request)).points)).toBe(1)
    processOn(env, ledger, 'w')
    await env.advance(10 * minuteMs)
    expect(await ledger.list(partPrefix, 10)).toEqual([])
    expect(doneIn((await readHistory(ledger, request)).points)).toBe(1)
  })
})
