import { afterEach, describe, expect, test } from 'vitest'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import type { JobEvent, LogLevel } from '../../contract/events.ts'
import { type Capture, type CaptureOptions, startCapture } from './capture.ts'

const jobOf = (id: string): JobEvent => ({ worker: 'w', id, name: 'mail', queue: 'q', group: undefined, attempt: 1 })
const start = (id: string) => emit('job.started', () => ({ ...jobOf(id), waitedMs: 0, crashes: 0 }))
const say = (id: string, message: string, fields?: Record<string, unknown>, level: LogLevel = 'info') =>
  emit('job.log', () => ({ ...jobOf(id), level, message, fields }))
const end = (id: string, error?: string, verdict: 'done' | 'retry' | 'dead' = error === undefined ? 'done' : 'retry') =>
  emit('job.ended', () => ({ ...jobOf(id), verdict, runMs: 1, timedOut: false, error }))

const open: Capture[] = []
function capturing(options: Partial<CaptureOptions> = {}): Capture {
  const capture = startCapture({ env: { ...systemEnv, nowMs: () => 5 }, ...options })
  open.push(capture)
  return capture
}
afterEach(() => open.splice(0).forEach((capture) => capture.end()))

/** What a job has said, and what it failed with; not when its attempts began, and that they ended well. */
const said = (capture: Capture, id: string) =>
  capture.of(id)?.filter(({ message }) => !/^(attempt \d+ started|job done)$/.test(message))
const messages = (capture: Capture, id: string) => said(capture, id)?.map(({ message }) => message)

describe('the lines of a job', () => {
  test('while it runs and when it has ended, debug lines too', () => {
    const capture = capturing()
    start('a')
    expect(said(capture, 'a')).toEqual([])
    say('a', 'begun', { to: 'x' }, 'debug')
    expect(said(capture, 'a')).toEqual([{ atMs: 5, level: 'debug', message: 'begun', fields: '{"to":"x"}' }])
    end('a')
    expect(messages(capture, 'a')).toEqual(['begun'])
    expect(capture.of('elsewhere')).toBeUndefined()
  })

  test('what an attempt failed with is its last line; the next attempt goes on', () => {
    const capture = capturing()
    start('a')
    say('a', 'one')
    end('a', 'Error: no\n    at x')
    start('a')
    say('a', 'two')
    end('a', 'Error: never', 'dead')
    expect(said(capture, 'a')?.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'one'],
      ['warn', 'attempt failed, the job is tried again: Error: no'],
      ['info', 'two'],
      ['error', 'job is dead: Error: never'],
    ])
  })

  test('hold no secret and nothing of what was logged', () => {
    const capture = capturing()
    start('a')
    const fields = { password: 'hunter2', url: 'redis://me:hunter2@host', name: 'Ada', big: 10n }
    say('a', 'at redis://me:hunter2@host', fields)
    fields.name = 'changed'
    expect(JSON.stringify(capture.of('a'))).not.toMatch(/hunter2|changed/)
    expect(JSON.parse(said(capture, 'a')![0]!.fields!)).toMatchObject({
      name: 'Ada',
      password: '[redacted]',
      big: '10n',
    })
  })

  test('are a copy', () => {
    const capture = capturing()
    start('a')
    say('a', 'one')
    said(capture, 'a')![0]!.message = 'changed'
    expect(messages(capture, 'a')).toEqual(['one'])
  })

  test('of a job that was running already are kept as those of one that has ended', () => {
    const capture = capturing({ endedMax: 1 })
    say('a', 'late')
    say('b', 'later')
    expect([messages(capture, 'a'), messages(capture, 'b')]).toEqual([undefined, ['later']])
  })

  test('no more after the end of it all', () => {
    const capture = capturing()
    capture.end()
    start('a')
    say('a', 'x')
    expect(capture.of('a')).toBeUndefined()
  })
})

describe('what a job has done', () => {
  const call = (job: string | undefined, what: string, more: { status?: number; error?: unknown } = {}) =>
    emit('http.ended', () => {
      const told = { status: undefined, error: undefined, ...more }
      return { job, method: 'GET', origin: 'https://a', what, ms: 12.34, tries: 1, ...told }
    })
  const shown = (capture: Capture, id: string) =>
    capture
      .of(id)
      ?.map(({ message, fields }) => [message, fields === undefined ? undefined : (JSON.parse(fields) as unknown)])

  test('each attempt: when it began, how it ended and after how long', () => {
    const capture = capturing()
    start('a')
    end('a', 'Error: no\n    at x')
    start('a')
    end('a')
    expect(shown(capture, 'a')).toEqual([
      ['attempt 1 started', undefined],
      ['attempt failed, the job is tried again: Error: no', { attempt: 1, outcome: 'retry', ms: 1 }],
      ['attempt 1 started', undefined],
      ['job done', { attempt: 1, outcome: 'done', ms: 1 }],
    ])
  })

  test('one that says nothing, also when it comes again', () => {
    const capture = capturing()
    start('a')
    expect(shown(capture, 'a')).toEqual([['attempt 1 started', undefined]])
    end('a')
    const once = [
      ['attempt 1 started', undefined],
      ['job done', { attempt: 1, outcome: 'done', ms: 1 }],
    ]
    expect([shown(capture, 'a'), capture.bytes]).toEqual([once, 0])
    start('a')
    end('a')
    expect(shown(capture, 'a')).toEqual([...once, ...once])
  })

  test('its calls through facades, in their order among its lines, without secrets', () => {
    const capture = capturing()
    start('a')
    call('a', 'GET https://a/orders', { status: 200 })
    say('a', 'between')
    emit('db.ended', () => ({ job: 'a', connection: 'main', what: 'select 1', ms: 2, rows: 3, error: undefined }))
    emit('facade.ended', () => ({
      job: 'a',
      facade: 'session',
      what: 'read s1',
      ms: 1,
      error: new Error('no redis://me:hunter2@h'),
    }))
    emit('limit.waited', () => ({ job: 'a', limit: 'mails', waitedMs: 5, error: undefined }))
    call('b', 'of another one')
    call(undefined, 'of none')
    end('a')
    call('a', 'of a zombie')
    expect(shown(capture, 'a')?.slice(1, -1)).toEqual([
      ['http GET https://a/orders: 200', { door: 'http', outcome: '200', ms: 12.3 }],
      ['between', undefined],
      ['db main: select 1: 3 rows', { door: 'db', outcome: '3 rows', ms: 2 }],
      ['session read s1: Error: no redis://me:***@h', expect.objectContaining({ door: 'session', ms: 1 })],
      ['limit a turn at mails: ok', { door: 'limit', outcome: 'ok', ms: 5 }],
    ])
    expect(capture.of('b')).toBeUndefined()
  })

  test('of many calls the first 100 and those that failed; how many they were is told at the end', () => {
    const capture = capturing()
    start('a')
    for (let n = 0; n < 1_000; n++)
      call('a', `GET https://a/${n}`, n === 700 ? { error: new Error('cut') } : { status: 200 })
    end('a')
    const told = shown(capture, 'a')!
    expect(told).toHaveLength(103)
    expect(told[100]![0]).toBe('http GET https://a/99: 200')
    expect(told[101]![0]).toBe('http GET https://a/700: Error: cut')
    expect(told[102]![1]).toMatchObject({ calls: 1_000 })
    expect(capture.bytes).toBeLessThan(65_536)
  })
})

describe('bounds', () => {
  test('the newest 200 lines of a job', () => {
    const capture = capturing()
    start('a')
    for (let n = 0; n < 1_000; n++) say('a', `line ${n}`)
    expect(messages(capture, 'a')).toHaveLength(200)
    expect(messages(capture, 'a')?.[0]).toBe('line 800')
  })

  test('64 KiB of a job, and one line at least', () => {
    const capture = capturing()
    start('a')
    for (let n = 0; n < 100; n++) say('a', 'x'.repeat(2_000))
    expect(capture.bytes).toBeLessThanOrEqual(65_536)
    expect(capture.of('a')!.length).toBeGreaterThan(10)
    const tight = capturing({ jobBytesMax: 10 })
    start('b')
    say('b', 'one')
    say('b', 'two')
    expect(messages(tight, 'b')).toEqual(['two'])
  })

  test('fields that take much are left out', () => {
    const capture = capturing()
    start('a')
    say('a', 'x', Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, 'y'.repeat(2_000)])))
    expect(JSON.parse(said(capture, 'a')![0]!.fields!)).toEqual({
      cut: expect.stringMatching(/^fields of \d+ characters$/) as string,
    })
  })

  test('the last 1,000 that have ended', () => {
    const capture = capturing()
    for (let n = 0; n < 1_500; n++) {
      start(`j${n}`)
      say(`j${n}`, 'x')
      end(`j${n}`)
    }
    expect([capture.of('j499'), messages(capture, 'j500'), messages(capture, 'j1499')]).toEqual([
      undefined,
      ['x'],
      ['x'],
    ])
  })

  test('8 MiB in all: what has ended goes first, then the oldest that runs; the count comes back to nothing', () => {
    const capture = capturing({ bytesMax: 10_000, endedMax: 3 })
    start('long')
    say('long', 'kept')
    for (const id of ['a', 'b', 'c']) {
      start(id)
      say(id, 'x'.repeat(1_400))
      end(id)
    }
    start('d')
    say('d', 'x'.repeat(2_000))
    expect([capture.of('a'), messages(capture, 'long')]).toEqual([undefined, ['kept']])
    for (let n = 0; n < 5; n++) say('d', 'x'.repeat(2_000))
    expect(capture.bytes).toBeLessThanOrEqual(10_000)
    expect([capture.of('b'), capture.of('c'), messages(capture, 'long')]).toEqual([undefined, undefined, []])
    say('long', 'again')
    expect(messages(capture, 'long')).toEqual(['again'])
    for (const id of ['long', 'd', 'e', 'f', 'g']) end(id)
    expect(capture.bytes).toBeLessThan(1_000)
    capture.end()
    expect(capture.bytes).toBe(0)
  })
})
