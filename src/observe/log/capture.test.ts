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

const messages = (capture: Capture, id: string) => capture.of(id)?.map(({ message }) => message)

describe('the lines of a job', () => {
  test('while it runs and when it has ended, debug lines too', () => {
    const capture = capturing()
    start('a')
    expect(capture.of('a')).toEqual([])
    say('a', 'begun', { to: 'x' }, 'debug')
    expect(capture.of('a')).toEqual([{ atMs: 5, level: 'debug', message: 'begun', fields: '{"to":"x"}' }])
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
    expect(capture.of('a')?.map(({ level, message }) => [level, message])).toEqual([
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
    expect(JSON.parse(capture.of('a')![0]!.fields!)).toMatchObject({ name: 'Ada', password: '[redacted]', big: '10n' })
  })

  test('are a copy', () => {
    const capture = capturing()
    start('a')
    say('a', 'one')
    capture.of('a')![0]!.message = 'changed'
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
    expect(JSON.parse(capture.of('a')![0]!.fields!)).toEqual({
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
    expect(capture.bytes).toBe(0)
  })
})
