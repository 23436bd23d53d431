import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { channelOf, emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import type { EventName, Events } from '../../contract/events.ts'
import type { EventWish, StreamEvent } from '../../contract/fleet.ts'
import { startStream } from './stream.ts'
import { views } from './views.ts'

let batches: StreamEvent[][]
let end: () => void

beforeEach(() => {
  vi.useFakeTimers()
  batches = []
})

afterEach(() => {
  end()
  vi.useRealTimers()
})

const start = (wish: EventWish = 'all') => {
  const stream = startStream(systemEnv, (events) => void batches.push(events), wish)
  end = () => stream.end()
  return stream
}
const about = { worker: 'w', id: 'i', name: 'n', queue: 'q', group: 'g', attempt: 1 }
const endOf = (error: unknown): Events['job.ended'] => ({
  ...about,
  verdict: 'retry',
  runMs: 1.4,
  timedOut: false,
  error,
})

describe('what happens', () => {
  test('comes in batches, a quarter of a second after the first of them', () => {
    start()
    emit('job.started', () => ({ ...about, waitedMs: 2.2, crashes: 0 }))
    vi.advanceTimersByTime(249)
    expect(batches).toEqual([])
    emit('job.ended', () => endOf(new TypeError('no')))
    vi.advanceTimersByTime(1)
    expect(batches).toEqual([
      [
        {
          event: 'job.started',
          atMs: expect.any(Number),
          queue: 'q',
          job: 'i',
          data: { worker: 'w', name: 'n', group: 'g', attempt: 1, waitedMs: 2, crashes: 0 },
        },
        {
          event: 'job.ended',
          atMs: expect.any(Number),
          queue: 'q',
          job: 'i',
          data: {
            worker: 'w',
            name: 'n',
            group: 'g',
            attempt: 1,
            verdict: 'retry',
            runMs: 1,
            timedOut: false,
            error: 'TypeError: no',
          },
        },
      ],
    ])
    vi.advanceTimersByTime(10_000)
    expect(batches).toHaveLength(1)
  })

  test('more than 200 are counted', () => {
    start()
    for (let n = 0; n < 1_000; n++) emit('job.ended', () => endOf(undefined))
    vi.advanceTimersByTime(250)
    expect(batches[0]).toHaveLength(201)
    expect(batches[0]!.at(-1)).toMatchObject({ event: 'events.dropped', data: { count: 800 } })
    emit('job.ended', () => endOf(undefined))
    vi.advanceTimersByTime(250)
    expect(batches[1]).toMatchObject([{ event: 'job.ended' }])
  })

  test('an error is one short line, without secrets', () => {
    start()
    const url = 'redis://user:hunter2@host/0'
    emit('job.ended', () => endOf(new Error(`${url} ${'x'.repeat(5_000)}\nsecond line`)))
    emit('store.failed', () => ({ verb: 'settle', tries: 1, givenUp: false, error: new Error('gone') }))
    vi.advanceTimersByTime(250)
    const [{ error }, { error: other }] = batches[0]!.map(({ data }) => data as { error: string }) as [
      { error: string },
      { error: string },
    ]
    expect(error.length).toBeLessThanOrEqual(501)
    expect(error).toContain('redis://user:***@host')
    expect(error).not.toMatch(/hunter2|second line/)
    expect(other).toBe('Error: gone')
  })

  test('what no job owns has no job', () => {
    start()
    emit('loop.blocked', () => ({ worker: 'w', sure: 'unknown', why: 'nobody answered', blockedMs: 1_234.5 }))
    emit('worker.cut', () => ({ worker: 'w', by: undefined }))
    vi.advanceTimersByTime(250)
    expect(batches[0]).toEqual([
      {
        event: 'loop.blocked',
        atMs: expect.any(Number),
        data: { worker: 'w', sure: 'unknown', why: 'nobody answered', blockedMs: 1_235 },
      },
      { event: 'worker.cut', atMs: expect.any(Number), data: { worker: 'w', by: null } },
    ])
  })

  test('nobody listens before and after', () => {
    const names = Object.keys(views) as EventName[]
    const heard = () => names.filter((name) => channelOf(name).hasSubscribers)
    expect(heard()).toEqual([])
    start()
    expect(heard()).toEqual(names)
    emit('job.ended', () => endOf(undefined))
    end()
    expect(heard()).toEqual([])
    vi.advanceTimersByTime(1_000)
    expect(batches).toEqual([])
  })

  test('what nobody wants is not listened to; a change of mind loses nothing that was heard', () => {
    const heard = () => (Object.keys(views) as EventName[]).filter((name) => channelOf(name).hasSubscribers)
    const stream = start(['job.ended', 'queue', 'jo', 'process'])
    expect(heard()).toEqual(['job.ended', 'queue.balanced'])
    emit('job.ended', () => endOf(undefined))
    stream.want(['job.started', 'job.stuck'])
    expect(heard()).toEqual(['job.started', 'job.stuck'])
    emit('job.ended', () => endOf(undefined))
    vi.advanceTimersByTime(250)
    expect(batches).toMatchObject([[{ event: 'job.ended' }]])
  })
})

/** Something of everything, with a handler's own data where an event has it. */
const everything: Partial<Events> = {
  'job.stuck': { ...about, runMs: 1 },
  'job.zombie': { ...about, left: ['an interval'], closed: [], kinds: { interval: 1 }, stacks: [['secret']] },
  'job.blamed': { ...about, sure: 'owner', origin: 'unhandledRejection', error: new Error('x') },
  'job.polluted': { ...about, changes: ['Array.prototype.x'], sure: 'exact', undone: true },
  'job.stale': { ...about, verdict: 'done' },
  'job.unknown': { worker: 'w', id: 'i', name: 'n', queue: 'q', inMs: 1 },
  'job.broken': { worker: 'w', id: 'i' },
  'thread.terminated': { ...about, why: 'stuck', runMs: 1 },
  'loop.recovered': { worker: 'w', sure: 'exact', job: { ...about }, at: 'f (a.ts:1:2)', stack: ['s'], blockedMs: 1 },
  'worker.started': { worker: 'w', queues: Array.from({ length: 99 }, (_, n) => `q${n}`), concurrency: 1 },
  'worker.stopping': { worker: 'w', reason: 'SIGTERM', running: 1, graceMs: 1 },
  'worker.stray': { worker: 'w', origin: 'uncaughtException', error: new Error('x'), job: about },
  'queue.balanced': { worker: 'w', queue: 'q', from: 1, to: 2 },
  'schedule.fired': { schedule: 's', id: 'i', atMs: 1, lateMs: 0, outcome: 'added' },
  'schedule.failed': { schedule: undefined, error: new Error('x') },
  'outbox.aside': { target: 't', id: 'i', error: new Error('x') },
  'upstream.frozen': { upstream: 'api.example.org', untilMs: 1, status: 429 },
}

test.each(Object.entries(everything))('%s is plain data, and small', (name, payload) => {
  start()
  emit(name as 'job.stuck', () => payload as Events['job.stuck'])
  vi.advanceTimersByTime(250)
  const [event] = batches[0]!
  expect(event).toMatchObject({ event: name })
  const { queue, job } = payload as { queue?: string; job?: { id: string } }
  if (queue !== undefined) expect(event!.queue).toBe(queue)
  if (name === 'loop.recovered') expect([event!.queue, event!.job]).toEqual(['q', job!.id])
  expect(JSON.stringify(event).length).toBeLessThan(500)
  expect(JSON.stringify(event)).not.toContain('secret')
})
