import { describe, expect, test } from 'vitest'
import { eventFilter } from '../../src/api/schemas/event.ts'
import { eventLine, loggedEvents } from './event-line.ts'

const line = (event: string, data: Record<string, unknown> = {}) =>
  eventLine({ event, at: '2026-05-04T12:00:00.000Z', queue: 'mail', job: 'j', data })

describe('a line of the log', () => {
  test('says what failed, of whom, and why; what ended well is no news', () => {
    const failed = {
      name: 'send',
      group: 'acme',
      worker: 'w',
      attempt: 2,
      runMs: 1_200,
      timedOut: false,
      error: 'E: no',
    }
    expect(line('job.ended', { ...failed, verdict: 'dead' })).toMatchObject({
      atMs: Date.UTC(2026, 4, 4, 12),
      text: 'send of acme, dead, attempt 2, after 1.20 s: E: no',
      level: 'human',
    })
    expect(line('job.ended', { ...failed, verdict: 'retry' })).toMatchObject({ level: 'plain' })
    expect(line('job.ended', { ...failed, verdict: 'done' })).toBeUndefined()
    expect(line('events.dropped', { count: 7 })).toBeUndefined()
  })

  test.each([
    [
      'loop.blocked',
      { name: 'pivot', sure: 'suspect', blockedMs: 2_500, at: 'f (a.ts:1:2)' },
      'pivot, perhaps blocked the loop for 2.50 s, at f (a.ts:1:2)',
      'human',
    ],
    ['loop.recovered', { name: 'pivot', blockedMs: 2_500 }, 'pivot let the loop go after 2.50 s', 'plain'],
    ['worker.cut', { by: 'loop' }, 'takes less: loop', 'watch'],
    ['worker.cut', { by: null }, 'takes as much as it may again', 'watch'],
    ['schedule.fired', { schedule: 's', atMs: 1, lateMs: 20, outcome: 'added' }, 's: added, 20 ms late', 'plain'],
    ['process.ended', { pid: 7, code: null, signal: 'SIGKILL' }, 'worker process 7 ended by SIGKILL', 'human'],
    ['process.ended', { pid: 7, code: 0, signal: null }, 'worker process 7 ended with code 0', 'plain'],
    [
      'store.failed',
      { verb: 'settle', tries: 3, givenUp: true, error: 'gone' },
      'verb settle, tries 3, givenUp true: gone',
      'human',
    ],
  ])('%s %o', (event, data, text, level) => expect(line(event, data)).toMatchObject({ text, level }))

  test('the API takes the list of kinds', () => {
    expect(eventFilter.safeParse({ event: loggedEvents.join(',') }).success).toBe(true)
  })
})
