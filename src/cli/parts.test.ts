import { afterEach, describe, expect, test, vi } from 'vitest'
import { emit } from '../base/emit.ts'
import { systemEnv } from '../base/env.ts'
import { errorCodes, FiberWorkError, type ErrorCode } from '../contract/errors.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { openLog } from './log.ts'
import { outputOf } from './output.ts'
import { showProgress } from './progress.ts'
import { reportError } from './report.ts'
import { list, table } from './table.ts'
import { startTally, sumOf, summaryText } from './tally.ts'
import { isoTime, showCount, showTime } from './time.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** What goes to a stream, as if it were (or were not) a terminal of some width. */
function capture(stream: 'stdout' | 'stderr', { isTTY = false, columns = 80 } = {}) {
  const target = process[stream]
  const before = { isTTY: target.isTTY, columns: target.columns }
  Object.assign(target, { isTTY, columns })
  let text = ''
  vi.spyOn(target, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  return {
    get text() {
      return text
    },
    [Symbol.dispose]: () => void Object.assign(target, before),
  }
}

describe('exit codes', () => {
  test('are all different, and every error code has one', () => {
    const codes = Object.values(exitCodes).map(({ code }) => code as number)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of Object.keys(errorCodes) as ErrorCode[])
      expect(codes).toContain(exitCodeOf(new FiberWorkError(code, 'x')))
  })

  test.each([
    ['FW_CONFIG_INVALID', 78],
    ['FW_DRIVER_MISSING', 78],
    ['FW_PACKAGE_MISSING', 78],
    ['FW_STORE_CORRUPT', 69],
    ['FW_CONNECT_FAILED', 69],
    ['FW_INPUT_INVALID', 65],
    ['FW_JOB_UNKNOWN', 1],
  ] as const)('%s: %i', (code, exit) => expect(exitCodeOf(new FiberWorkError(code, 'x'))).toBe(exit))

  test('anything else: 1', () => expect(exitCodeOf(null)).toBe(1))
})

describe('output', () => {
  test('one answer, as text or as JSON', () => {
    using stdout = capture('stdout')
    outputOf({}).answer({ a: 1 }, () => 'text')
    outputOf({ json: true }).answer({ a: 1 }, 'text')
    outputOf({}).answer({}, '')
    expect(stdout.text).toBe('text\n{\n  "a": 1\n}\n')
    const output = outputOf({})
    output.answer({}, 'once')
    expect(() => output.answer({}, 'twice')).toThrow('answers once')
  })

  test('notes are plain, whatever they hold', () => {
    using stderr = capture('stderr')
    outputOf({}).note('a \x1b[2Jb\nsecond')
    outputOf({}).warn('careful')
    expect(stderr.text).toBe('a b\nsecond\nwarning: careful\n')
  })

  test('an error shows no password; its causes with --verbose', () => {
    using stderr = capture('stderr')
    const error = new FiberWorkError('FW_CONNECT_FAILED', 'redis://me:hunter2@host is down', {
      cause: new Error('at redis://me:hunter2@host'),
    })
    expect(reportError(outputOf({ verbose: true }), error)).toBe(69)
    expect(stderr.text).toContain('error FW_CONNECT_FAILED: redis://me:***@host is down')
    expect(stderr.text).toContain('Caused by: Error: at redis://me:***@host')
    expect(stderr.text).not.toContain('hunter2')
  })

  test('what was thrown may be anything', () => {
    using stderr = capture('stderr')
    expect(reportError(outputOf({}), undefined)).toBe(1)
    expect(reportError(outputOf({ verbose: true }), 'text')).toBe(1)
    expect(stderr.text).toMatch(/^error: undefined\n/)
  })
})

describe('tables', () => {
  const rows = [
    { name: 'a', text: 'x'.repeat(50), n: 5 },
    { name: '\x1b[31mred\n', text: '日本', n: 12_345 },
  ]
  const columns = [
    { title: 'NAME', cell: (row: (typeof rows)[number]) => row.name },
    { title: 'EMPTY', cell: () => undefined },
    { title: 'N', cell: (row: (typeof rows)[number]) => row.n, align: 'right' as const },
    { title: 'TEXT', cell: (row: (typeof rows)[number]) => row.text, stretch: true },
  ]

  test('aligned, plain, without empty columns; whole in a pipe', () => {
    using _ = capture('stdout')
    expect(table(rows, columns)).toBe(`NAME      N  TEXT\na         5  ${'x'.repeat(50)}\nred   12345  日本`)
  })

  test('one line a row on a terminal', () => {
    using _ = capture('stdout', { isTTY: true, columns: 40 })
    vi.stubEnv('NO_COLOR', '1')
    expect(
      table(rows, columns)
        .split('\n')
        .every((line) => line.length <= 40),
    ).toBe(true)
  })

  test('names and values', () => {
    using _ = capture('stdout')
    expect(
      list([
        ['id', 'x'],
        ['nothing', undefined],
        ['empty', ''],
        ['lines', 'one\n\x1b[2Jtwo'],
      ]),
    ).toBe('id     x\nlines  one\n       two')
  })
})

test('times', () => {
  vi.stubEnv('TZ', 'Asia/Kolkata')
  expect(showTime(0)).toBe('1970-01-01 05:30:00.000 +05:30')
  vi.stubEnv('TZ', 'America/New_York')
  expect(showTime(0)).toBe('1969-12-31 19:00:00.000 -05:00')
  expect([isoTime(0), isoTime(undefined), showCount(1_234_567)]).toEqual([
    '1970-01-01T00:00:00.000Z',
    undefined,
    '1,234,567',
  ])
})

describe('progress', () => {
  test('on a terminal', () => {
    using stderr = capture('stderr', { isTTY: true })
    const bar = showProgress(outputOf({}), 'jobs', 200)
    bar.set(50)
    bar.end()
    const count = showProgress(outputOf({}), 'jobs')
    count.set(1_000)
    expect(stderr.text).toMatch(/█{8}░{22} 50 of 200 jobs[^]*\r\x1b\[2K1,000 jobs/)
  })

  test('nowhere else', () => {
    using stderr = capture('stderr')
    showProgress(outputOf({}), 'jobs').set(5)
    expect(stderr.text).toBe('')
  })
})

test('the tally counts verdicts', () => {
  const tally = startTally(systemEnv)
  const job = {
    worker: 'w',
    id: 'i',
    name: 'n',
    queue: 'q',
    group: undefined,
    attempt: 1,
    runMs: 1,
    timedOut: false,
    error: undefined,
  }
  for (const verdict of ['done', 'done', 'retry', 'dead', 'release', 'cancelled', 'quarantined'] as const)
    emit('job.ended', () => ({ ...job, verdict }))
  emit('worker.stopped', () => ({ worker: 'w', released: 7 }))
  const summary = { ...tally(), wallMs: 1_500 }
  expect(summary).toEqual({ done: 2, retried: 1, dead: 1, cancelled: 1, quarantined: 1, released: 7, wallMs: 1_500 })
  expect(summaryText(summary)).toBe('2 done, 1 retried, 1 dead, 1 cancelled, 1 quarantined, 7 given back in 1.5 s')
  expect(summaryText(sumOf([], 0))).toBe('0 done in 0 ms')
  expect(sumOf([summary, summary], 9)).toMatchObject({ done: 4, released: 14, wallMs: 9 })
})

describe('the log of a process', () => {
  test('JSON where stderr is no terminal, text where it is', async () => {
    {
      using stderr = capture('stderr')
      const log = await openLog({ logLevel: 'info', logFormat: 'auto' })
      log.say('works')
      log.line('info', 'line')
      log.end()
      expect(
        stderr.text
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { msg: string }).msg),
      ).toEqual(['works', 'line'])
    }
    using stderr = capture('stderr', { isTTY: true })
    vi.stubEnv('NO_COLOR', '1')
    const log = await openLog({ logLevel: 'info', logFormat: 'auto' })
    log.say('works')
    log.hush(true)
    log.say('unseen')
    log.hush(false)
    log.end()
    expect(stderr.text).toBe('works\n')
  })

  test('what is hushed on a terminal goes on in a file', async () => {
    using stderr = capture('stderr')
    const log = await openLog({ logLevel: 'silent', logFormat: 'text' })
    log.hush(true)
    log.say('seen')
    log.end()
    expect(stderr.text).toBe('seen\n')
  })
})
