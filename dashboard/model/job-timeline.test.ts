import { describe, expect, test } from 'vitest'
import { jobTimeline, type TimelineJob } from './job-timeline.ts'

const startMs = Date.parse('2026-05-04T12:00:00.000Z')
const at = (second: number) => new Date(startMs + second * 1_000).toISOString()
const ms = (second: number) => startMs + second * 1_000
const base = { attempts: 0, crashes: 0, enqueuedAt: at(0) }

describe('a job that has not begun', () => {
  test('waits', () => {
    expect(jobTimeline({ ...base, state: 'ready' })).toEqual([{ kind: 'enqueued', atMs: ms(0) }])
  })

  test('is due later', () => {
    expect(jobTimeline({ ...base, state: 'delayed', dueAt: at(60) })).toEqual([
      { kind: 'enqueued', atMs: ms(0) },
      { kind: 'due', retry: false, atMs: ms(60) },
    ])
  })

  test('is cancelled', () => {
    expect(jobTimeline({ ...base, state: 'cancelled', settledAt: at(5), error: 'by ada' })).toEqual([
      { kind: 'enqueued', atMs: ms(0) },
      { kind: 'ended', state: 'cancelled', atMs: ms(5), reason: 'by ada' },
    ])
  })
})

test('a running one shows since when, where, and how far it is', () => {
  const job: TimelineJob = {
    ...base,
    state: 'running',
    attempts: 1,
    startedAt: at(2),
    session: 'host:1:a',
    progress: 0.5,
    cancelling: true,
  }
  expect(jobTimeline(job, [{ at: at(3), message: 'hello' }])).toEqual([
    { kind: 'enqueued', atMs: ms(0) },
    {
      kind: 'attempt',
      attempt: 1,
      atMs: ms(2),
      startedAtMs: ms(2),
      waitedMs: 2_000,
      outcome: 'running',
      session: 'host:1:a',
      progress: 0.5,
      cancelling: true,
      lines: [{ at: at(3), message: 'hello' }],
    },
  ])
})

describe('a job that failed', () => {
  const failures = [
    { at: at(3), attempt: 1, error: 'Error: one' },
    { at: at(10), attempt: 2, error: 'Error: two' },
  ]

  test('shows each attempt, and when it is tried again', () => {
    const job: TimelineJob = {
      ...base,
      state: 'delayed',
      attempts: 2,
      startedAt: at(8),
      dueAt: at(30),
      error: 'Error: two',
      failures,
    }
    expect(jobTimeline(job)).toMatchObject([
      { kind: 'enqueued' },
      { kind: 'attempt', attempt: 1, atMs: ms(3), endedAtMs: ms(3), outcome: 'failed', error: 'Error: one' },
      {
        attempt: 2,
        startedAtMs: ms(8),
        endedAtMs: ms(10),
        durationMs: 2_000,
        waitedMs: 5_000,
        outcome: 'failed',
        error: 'Error: two',
      },
      { kind: 'due', retry: true, atMs: ms(30) },
    ])
  })

  test('and then did well, or is dead', () => {
    const done: TimelineJob = { ...base, state: 'done', attempts: 3, startedAt: at(20), settledAt: at(21), failures }
    expect(jobTimeline(done).map((entry) => (entry.kind === 'attempt' ? entry.outcome : entry.kind))).toEqual([
      'enqueued',
      'failed',
      'failed',
      'done',
    ])
    const dead: TimelineJob = { ...base, state: 'dead', attempts: 2, startedAt: at(8), settledAt: at(10), failures }
    const entries = jobTimeline({ ...dead, error: 'Error: two' })
    expect(entries.at(-1)).toMatchObject({ kind: 'attempt', attempt: 2, outcome: 'dead', error: 'Error: two' })
    expect(entries).toHaveLength(3)
  })

  test('and was cancelled while it waited', () => {
    const job: TimelineJob = {
      ...base,
      state: 'cancelled',
      attempts: 2,
      startedAt: at(8),
      settledAt: at(15),
      error: 'cancelled',
      failures,
    }
    expect(jobTimeline(job).slice(-2)).toMatchObject([
      { kind: 'attempt', attempt: 2, outcome: 'failed', error: 'Error: two' },
      { kind: 'ended', state: 'cancelled', reason: 'cancelled' },
    ])
  })

  test('each line of the log stands with its attempt', () => {
    const job: TimelineJob = { ...base, state: 'running', attempts: 3, startedAt: at(20), failures }
    const log = [1, 9, 25].map((second) => ({ at: at(second), message: `at ${second}` }))
    const lines = jobTimeline(job, log).flatMap((entry) =>
      entry.kind === 'attempt' ? [entry.lines.map(({ message }) => message)] : [],
    )
    expect(lines).toEqual([['at 1'], ['at 9'], ['at 25']])
  })
})

test('a job that was retried has its attempts counted anew', () => {
  const failures = [
    { at: at(3), attempt: 1, error: 'Error: one' },
    { at: at(5), attempt: 2, error: 'Error: two' },
  ]
  const job: TimelineJob = { ...base, state: 'done', attempts: 1, startedAt: at(60), settledAt: at(61), failures }
  const kinds = jobTimeline(job).map((entry) => (entry.kind === 'attempt' ? entry.attempt : entry.kind))
  expect(kinds).toEqual(['enqueued', 1, 2, 'again', 1])
})

describe('of a store that keeps no failures', () => {
  test('the last attempt is told, the others are counted', () => {
    const job: TimelineJob = {
      ...base,
      state: 'dead',
      attempts: 5,
      startedAt: at(50),
      settledAt: at(51),
      error: 'Error: five',
    }
    expect(jobTimeline(job)).toMatchObject([
      { kind: 'enqueued' },
      { kind: 'unknown', attempts: 4, atMs: ms(50) },
      { kind: 'attempt', attempt: 5, outcome: 'dead', durationMs: 1_000, error: 'Error: five' },
    ])
    expect(jobTimeline(job)[2]).not.toHaveProperty('waitedMs')
  })

  test('one that waits for its next attempt has failed in the last one', () => {
    const job: TimelineJob = {
      ...base,
      state: 'delayed',
      attempts: 1,
      startedAt: at(1),
      error: 'Error: x',
      dueAt: at(9),
    }
    expect(jobTimeline(job)).toMatchObject([
      { kind: 'enqueued' },
      { kind: 'attempt', attempt: 1, outcome: 'failed', error: 'Error: x' },
      { kind: 'due', retry: true },
    ])
  })
})

test('a clock that was set back makes no negative times', () => {
  const job: TimelineJob = { ...base, state: 'done', attempts: 1, startedAt: at(-5), settledAt: at(-9) }
  expect(jobTimeline(job)[1]).toMatchObject({ waitedMs: 0, durationMs: 0 })
})
