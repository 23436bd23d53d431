import { afterEach, describe, expect, test, vi } from 'vitest'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import type { Events, JobEvent } from '../../contract/events.ts'
import { type Log, type LogOptions, startLog } from './log.ts'

const job: JobEvent = { worker: 'w', id: 'id-1', name: 'mail', queue: 'mails', group: undefined, attempt: 2 }
const failed = { ...job, verdict: 'retry', runMs: 12.4, timedOut: false, error: 'Error: no\n    at x' } as const
const leak: Events['leak.suspected'] = {
  ...{ worker: 'w', kind: 'heap', definition: 'mail', candidates: ['mail'], unit: 'bytes a job', jobs: 9, windowMs: 5 },
  ...{ slope: 1, low: 1, high: 1, at: 'remember (jobs/mail.ts:8:19)' },
}

const open: Log[] = []

async function logging(options: Partial<LogOptions> = {}) {
  const written: string[] = []
  const log = await startLog({
    env: systemEnv,
    level: 'debug',
    format: 'json',
    write: (line) => void written.push(line),
    ...options,
  })
  open.push(log)
  return { log, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

afterEach(() => {
  vi.useRealTimers()
  for (const log of open.splice(0)) log.end()
})

describe('lines', () => {
  test('a job log line says whose it is', async () => {
    const { lines } = await logging()
    emit('job.log', () => ({ ...job, level: 'info', message: 'sent', fields: { to: 'x' } }))
    expect(lines()).toEqual([
      {
        level: 'info',
        pid: process.pid,
        time: expect.stringMatching(/Z$/) as string,
        job: 'id-1',
        name: 'mail',
        queue: 'mails',
        attempt: 2,
        to: 'x',
        msg: 'sent',
      },
    ])
  })

  test('as text: time with its zone, level, message, fields', async () => {
    const { written } = await logging({ format: 'text' })
    emit('job.ended', () => ({ ...failed, group: 'acme' }))
    expect(written).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d warn {2}attempt failed, the job is tried again job=id-1 name=mail queue=mails group=acme attempt=2 ms=12 error="Error: no"\n$/,
      ),
    ])
  })

  test('colours if asked for', async () => {
    const { log, written } = await logging({ format: 'text', colours: true })
    log.line('error', 'x')
    expect(written[0]).toContain('\x1b[31merror\x1b[0m')
  })

  test('every event has its words', async () => {
    const { lines } = await logging()
    emit('job.started', () => ({ ...job, waitedMs: 1, crashes: 0 }))
    for (const verdict of ['done', 'release', 'dead', 'cancelled', 'quarantined'] as const)
      emit('job.ended', () => ({ ...failed, verdict, error: undefined }))
    emit('job.stuck', () => ({ ...job, runMs: 1 }))
    emit('job.zombie', () => ({ ...job, left: ['GET x'], closed: [], kinds: { call: 1 } }))
    emit('leak.suspected', () => leak)
    emit('leak.suspected', () => ({ ...leak, kind: 'handles', definition: undefined }))
    emit('job.blamed', () => ({ ...job, sure: 'owner', origin: 'unhandledRejection', error: null }))
    emit('job.blamed', () => ({ ...job, sure: 'suspect', origin: 'uncaughtException', error: new Error('x') }))
    emit('job.stale', () => ({ ...job, verdict: 'done' }))
    emit('job.unknown', () => ({ worker: 'w', id: 'i', name: 'n', queue: 'q', inMs: 5 }))
    emit('job.broken', () => ({ worker: 'w', id: 'i' }))
    emit('worker.started', () => ({ worker: 'w', queues: ['q'], concurrency: 1 }))
    emit('worker.stopping', () => ({ worker: 'w', reason: 'SIGTERM', running: 1, graceMs: 1 }))
    emit('worker.stopped', () => ({ worker: 'w', released: 1 }))
    emit('worker.cut', () => ({ worker: 'w', by: 'loop' }))
    emit('worker.cut', () => ({ worker: 'w', by: undefined }))
    emit('worker.revoked', () => ({ worker: 'w', running: 1 }))
    emit('worker.stray', () => ({ worker: undefined, origin: 'x', error: undefined }))
    emit('worker.swept', () => ({ worker: 'w', taken: 2 }))
    emit('worker.swept', () => ({ worker: 'w', taken: 0 }))
    emit('worker.reconciled', () => ({ worker: 'w', released: 1, revoked: 1 }))
    emit('store.failed', () => ({ verb: 'settle', error: new Error('x'), tries: 1, givenUp: false }))
    emit('store.failed', () => ({ verb: 'settle', error: new Error('x'), tries: 9, givenUp: true }))
    emit('store.recovered', () => ({ verb: 'settle', tries: 2, afterMs: 1.5 }))
    for (const outcome of ['added', 'full'] as const)
      emit('schedule.fired', () => ({ schedule: 's', id: 's@1', atMs: 1, lateMs: 0, outcome }))
    emit('schedule.missed', () => ({ schedule: 's', sinceMs: 1 }))
    emit('schedule.failed', () => ({ schedule: 's', error: new Error('x') }))
    emit('schedule.failed', () => ({ schedule: undefined, error: new Error('x') }))
    expect(lines().map(({ level, msg }) => `${String(level)} ${String(msg)}`)).toMatchSnapshot()
  })

  test('below the level nothing is written, and silent is silent', async () => {
    const warn = await logging({ level: 'warn' })
    const silent = await logging({ level: 'silent' })
    emit('job.started', () => ({ ...job, waitedMs: 1, crashes: 0 }))
    emit('job.log', () => ({ ...job, level: 'info', message: 'x', fields: undefined }))
    emit('job.ended', () => ({ ...failed, verdict: 'done' }))
    emit('job.ended', () => failed)
    silent.log.line('error', 'x')
    expect([warn.written.length, silent.written.length]).toEqual([1, 0])
  })
})

describe('bounds', () => {
  test('10,000 failures of a kind are a handful of lines and a count; other kinds are not touched', async () => {
    const { log, lines } = await logging({ level: 'info' })
    for (let n = 0; n < 10_000; n++) emit('job.ended', () => failed)
    emit('job.ended', () => ({ ...failed, name: 'other' }))
    emit('job.ended', () => ({ ...failed, verdict: 'dead' }))
    log.end()
    const written = lines()
    expect(written).toHaveLength(8)
    expect(written.at(-1)).toMatchObject({
      msg: '9995 more like this: attempt failed, the job is tried again (mail)',
      held: 9_995,
    })
  })

  test('the count comes every ten seconds, and the first ones pass again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { written } = await logging()
    for (let n = 0; n < 7; n++) emit('job.ended', () => failed)
    expect(written).toHaveLength(5)
    vi.advanceTimersByTime(10_000)
    expect(written).toHaveLength(6)
    emit('job.ended', () => failed)
    expect(written).toHaveLength(7)
    vi.advanceTimersByTime(10_000)
    expect(written).toHaveLength(7)
  })

  test.each([
    ['ten minutes', 600],
    ['an hour', 3_600],
    ['a day', 86_400],
  ])('10,000 failures in %s are 200 lines at most, and counts that say how many there were', async (_, seconds) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { log, lines } = await logging({ level: 'info' })
    for (let n = 0; n < 10_000; n++) {
      emit('job.ended', () => failed)
      vi.advanceTimersByTime((seconds * 1_000) / 10_000)
    }
    log.end()
    const written = lines()
    expect(written.length).toBeLessThanOrEqual(200)
    const counted = written.reduce((sum, { held }) => sum + (held === undefined ? 1 : Number(held)), 0)
    expect(counted).toBe(10_000)
    expect(Math.max(...written.map(({ seconds: of = 0 }) => Number(of)))).toBeLessThanOrEqual(3_600)
  })

  test('what has been quiet for a period is told as at first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { written, lines } = await logging()
    for (let n = 0; n < 7; n++) emit('job.ended', () => failed)
    vi.advanceTimersByTime(30_000)
    for (let n = 0; n < 7; n++) emit('job.ended', () => failed)
    vi.advanceTimersByTime(10_000)
    expect(written).toHaveLength(12)
    expect(lines().at(-1)).toMatchObject({ held: 2, seconds: 10 })
  })

  test('kinds are bounded too', async () => {
    const { log, written } = await logging()
    for (let n = 0; n < 3_000; n++)
      emit('job.unknown', () => ({ worker: 'w', id: 'i', name: `n${n}`, queue: 'q', inMs: 5 }))
    expect(written).toHaveLength(1_005)
    log.end()
    expect(written.at(-1)).toContain('others')
  })

  test("a job's own lines are all written", async () => {
    const { written } = await logging()
    for (let n = 0; n < 50; n++) emit('job.log', () => ({ ...job, level: 'error', message: 'x', fields: undefined }))
    expect(written).toHaveLength(50)
  })
})

describe('what is written is clean', () => {
  test('no secrets: by name, and in URLs', async () => {
    const { lines, log } = await logging()
    log.line('info', 'at redis://me:hunter2@host', {
      password: 'hunter2',
      apiKey: 'hunter2',
      headers: { Authorization: 'hunter2', 'set-cookie': 'hunter2' },
      url: 'https://a:hunter2@b/?token=hunter2',
      author: 'kept',
    })
    expect(JSON.stringify(lines())).not.toContain('hunter2')
    expect(lines()[0]).toMatchObject({ author: 'kept', password: '[redacted]', url: 'https://a:***@b/?token=***' })
  })

  test('any value, however strange, is bounded and never throws', async () => {
    const { lines, log } = await logging()
    const loop: Record<string, unknown> = {
      date: new Date(0),
      bad: new Date(Number.NaN),
      big: 5n,
      fn() {},
      symbol: Symbol('x'),
      map: new Map([['a', 1]]),
      deep: { b: { c: { d: { e: [1] } } } },
      error: new Error('why'),
    }
    loop['self'] = loop
    log.line('info', 'x'.repeat(5_000), {
      loop,
      many: Array.from({ length: 500 }, () => 0),
      long: 'y'.repeat(5_000),
      hostile: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
    })
    const text = JSON.stringify(lines())
    expect(text.length).toBeLessThan(12_000)
    expect(text).toContain('unreadable')
    log.line('info', 'y', { loop })
    expect(lines()[1]).toMatchObject({
      loop: {
        date: '1970-01-01T00:00:00.000Z',
        bad: 'Invalid Date',
        big: '5n',
        fn: '[function]',
        symbol: '[symbol]',
        map: { a: 1 },
        self: '[circular]',
        deep: { b: { c: '[object]' } },
      },
    })
  })

  test('text cannot steer a terminal or forge a line', async () => {
    const { log, written } = await logging({ format: 'text' })
    log.line('info', 'a\nb \x1b[2Jc', { 'k\n': 'v\r\nerror forged' })
    expect(written).toHaveLength(1)
    expect(written[0]!.trimEnd()).not.toMatch(/[\x00-\x1f]/)
  })

  test.each<[unknown, string]>([
    [null, 'null'],
    ['text\nmore', 'text'],
    [Object.assign(new Error('m'), { code: 'E1' }), 'Error [E1]: m'],
    [
      {
        toString() {
          throw new Error('no')
        },
      },
      'an error that cannot be read',
    ],
  ])('an error that was thrown: %o', async (error, says) => {
    const { lines } = await logging()
    emit('worker.stray', () => ({ worker: undefined, origin: 'x', error }))
    expect(lines()[0]).toMatchObject({ error: says })
  })
})
