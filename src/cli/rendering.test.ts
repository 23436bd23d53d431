import { describe, expect, test } from 'vitest'
import type { JobView } from '../api/schemas/job.ts'
import { mergePatch } from '../api/operations/merge-patch.ts'
import { wordsOf } from './complete-words.ts'
import { csvLine } from './csv.ts'
import { DeadLetters } from './dead-letters.ts'
import { fieldsOf } from './export-fields.ts'
import { parseInput } from './input.ts'
import { limitsText, parseQuota, parseRate } from './limit-text.ts'
import { holdsMask, patchBetween } from './patch.ts'
import { logText, recordText } from './record.ts'

const job = (more: Partial<JobView> = {}): JobView => ({
  id: 'one',
  name: 'ship',
  queue: 'orders',
  state: 'dead',
  priority: 5,
  attempts: 2,
  crashes: 0,
  enqueuedAt: '2026-11-22T12:00:00.000Z',
  payloads: 'masked',
  ...more,
})

describe('CSV', () => {
  test.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' padded', '" padded"'],
    [`=cmd|' /C calc'!A0`, `'=cmd|' /C calc'!A0`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['  =1+1', `'  =1+1`],
    ['\t=1', `'\t=1`],
    ['\r=1', `"'\r=1"`],
    ['\uff1d1', `'\uff1d1`],
    ['a=1', 'a=1'],
    [-5, '-5'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
    [{ a: '=1' }, '"{""a"":""=1""}"'],
  ])('%j is %j', (value, cell) => {
    // Wherever there were quotes around it they are still.
    const line = csvLine([value])
    expect(line.endsWith('\r\n')).toBe(true)
    expect(line.slice(0, -2).replace(/^"(')/, '"$1')).toBe(cell)
  })
})

describe('fields', () => {
  test('paths into what is deep, of its own keys only', () => {
    const [id, user, proto] = fieldsOf('id, input.user.name,input.__proto__.x')!
    const one = job({ input: { user: { name: 'Ada' } } })
    expect([id!.of(one), user!.of(one), proto!.of(one)]).toEqual(['one', 'Ada', undefined])
  })

  test.each(['inputs', 'id.x', '', 'constructor', 'input,'])('%j is refused', (text) =>
    expect(() => fieldsOf(text)).toThrow('--fields has'),
  )
})

describe('patches', () => {
  test.each([
    [{ a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 5, d: 3 } }, { b: { c: 5 } }],
    [{ a: 1, b: 2 }, { b: 2 }, { a: null }],
    [{ a: [1, 2] }, { a: [1] }, { a: [1] }],
    [{ a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['x', { a: 1 }, { a: 1 }],
    [{ a: 1 }, 'x', 'x'],
    [{}, {}, {}],
  ])('from %j to %j', (before, after, patch) => {
    expect(patchBetween(before, after)).toEqual(patch)
    expect(mergePatch(before, patch)).toEqual(after)
  })

  test('what a mask would overwrite is found', () => {
    expect(holdsMask({ a: ['x', { b: 'pre [redacted] post' }] })).toBe(true)
    expect(holdsMask('aaa… (20000 characters)')).toBe(true)
    expect(holdsMask({ a: ['x', 1, null] })).toBe(false)
  })
})

describe('dead letters', () => {
  test('one trouble is one kind, whatever its numbers; the newest first', () => {
    const letters = new DeadLetters()
    const at = (minute: number) => `2026-11-22T12:${String(minute).padStart(2, '0')}:00.000Z`
    letters.add(job({ id: 'a', error: 'order 17: gone\n  at x', group: 'acme', settledAt: at(5) }))
    letters.add(job({ id: 'b', error: 'order 18: gone', group: 'borg', settledAt: at(1) }))
    letters.add(job({ id: 'c', error: 'order 19: gone', group: 'borg', settledAt: at(3) }))
    letters.add(job({ id: 'd', error: 'lost 01a203b3-2bee-7b81-912f-be14b93e7dd4', settledAt: at(9) }))
    letters.add(job({ id: 'e', error: 'lost 01a203b3-2bee-7b81-912f-be14b93e7dd5', settledAt: at(2) }))
    letters.add(job({ id: 'f', queue: 'other', error: 'order 1: gone', settledAt: at(4) }))
    letters.add(job({ id: 'g', name: '__proto__', group: '__proto__' }))
    expect(letters.count).toBe(7)
    expect(letters.kinds()).toMatchObject([
      { example: 'd', count: 2, newestAt: at(9), oldestAt: at(2), groups: {} },
      { example: 'a', count: 3, error: 'order 17: gone', groups: { borg: 2, acme: 1 }, oldestAt: at(1) },
      { queue: 'other', count: 1 },
      { name: '__proto__', error: '(no error is kept)' },
    ])
  })
})

describe('limits', () => {
  test('rates and quotas as they are typed', () => {
    expect(parseRate('100/1s')).toEqual({ tokens: 100, perMs: 1_000 })
    expect(parseRate('0.5/m+3')).toEqual({ tokens: 0.5, perMs: 60_000, burst: 3 })
    expect(parseQuota('1000/1d')).toEqual({ jobs: 1_000, perMs: 86_400_000 })
  })

  test.each(['', '5', '5/', '/1s', '5/x', '0/1s', '-1/1s', '5/1s+', '5/1s+x', '1e3/1s', '5/0'])(
    'the rate %j is refused',
    (text) => expect(() => parseRate(text)).toThrow('100/1s'),
  )
  test.each(['', '5', '0.5/1d', '5/week'])('the quota %j is refused', (text) =>
    expect(() => parseQuota(text)).toThrow('1000/1d'),
  )

  test('for people', () => {
    const rates = [
      { tokens: 5, perMs: 1_000, burst: 5 },
      { tokens: 9, perMs: 60_000, burst: 20 },
    ]
    expect(
      limitsText({ rates, quota: { jobs: 10, perMs: 3_600_000 }, concurrencyMax: 3, weight: 2, depthMax: 7 }),
    ).toBe('5 in 1.0 s, 9 in 1 m 00 s (saves up 20), 10 each 1 h 00 m, 3 at once, weight 2, 7 may wait')
    expect([limitsText({}), limitsText(undefined), limitsText({ rates: [] })]).toEqual(['-', '-', '-'])
  })
})

describe('a job', () => {
  test('its times say how long after what was before', () => {
    const text = recordText(
      job({
        dueAt: '2026-11-22T12:05:00.000Z',
        startedAt: '2026-11-22T12:05:02.000Z',
        settledAt: '2026-11-22T12:05:02.250Z',
      }),
    )
    expect(text).toMatch(/^due .*\(\+5 m 00 s\)$/m)
    expect(text).toMatch(/^started .*\(\+2.0 s\)$/m)
    expect(text).toMatch(/^settled .*\(\+250 ms\)$/m)
    // A worker's clock that is behind.
    expect(recordText(job({ startedAt: '2026-11-22T11:59:00.000Z' }))).not.toContain('(')
  })

  test('its attempts that failed are a line each', () => {
    const failures = [
      { at: '2026-11-22T12:05:02.000Z', attempt: 1, error: 'Error: no luck\n    at x' },
      { at: '2026-11-22T12:06:02.000Z', attempt: 2, error: 'Error: still none' },
    ]
    const text = recordText(job({ failures }))
    expect(text).toMatch(/^failed +attempt 1 .*Error: no luck\n +attempt 2 .*Error: still none$/m)
    expect(text).not.toContain('at x')
  })

  test('nothing of it steers a terminal', () => {
    const evil = '\x1b]0;owned\x07\x1b[2J\u202e\r\n'
    const text = recordText(
      job({
        id: evil,
        name: evil,
        group: evil,
        tags: [evil],
        headers: { [evil]: evil },
        input: { [evil]: evil },
        error: evil,
        failures: [{ at: '2026-11-22T12:05:02.000Z', attempt: 1, error: evil }],
        session: evil,
        progress: evil,
      }),
    )
    const log = logText([{ at: '2026-11-22T12:00:00.000Z', level: 'info', message: evil, fields: { evil } }])
    expect(text + log).not.toMatch(/[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u202e]|\x1b(?!\[\d+m)/)
  })

  test('what is encrypted or damaged says so', () => {
    expect(recordText(job({ encrypted: 'k1' }))).toMatch(/^input +encrypted \(k1\)$/m)
    expect(recordText(job({ damage: 'cut off' }))).toMatch(/^input +cut off$/m)
  })
})

describe('words of a line', () => {
  test.each([
    ['fiber-work li', ['fiber-work', 'li']],
    ['fiber-work list ', ['fiber-work', 'list', '']],
    [`a 'b c' "d \\" e" f\\ g`, ['a', 'b c', 'd " e', 'f g']],
    [`a 'b c`, ['a', 'b c']],
    [`a '' b`, ['a', '', 'b']],
    ['', ['']],
    ['a\\', ['a\\']],
  ])('%j', (line, words) => expect(wordsOf(line)).toEqual(words))
})

describe('inputs', () => {
  test('a number beyond JavaScript is refused, a large one is not', () => {
    expect(parseInput('{"a":1e300,"b":"1e999"}', 'x')).toEqual({ a: 1e300, b: '1e999' })
    for (const text of ['1e999', '{"a":[-1e400]}', `9${'0'.repeat(320)}`])
      expect(() => parseInput(text, 'stdin')).toThrow(/stdin.*too large/)
  })
})
