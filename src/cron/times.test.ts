import { describe, expect, it } from 'vitest'
import { cpuMs } from '../../test/support/cpu-time.ts'
import { nextAfter, nextRuns } from './times.ts'

const at = (text: string): number => Date.parse(text)
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace(':00.000Z', 'Z')
const runs = (times: Parameters<typeof nextRuns>[0], from: string, count: number) =>
  nextRuns(times, at(from), count).map(iso)

describe('calendar', () => {
  it.each([
    ['0 9 * * MON#1', ['2026-12-07T09:00Z', '2027-01-04T09:00Z']],
    ['0 0 L * *', ['2026-11-30T00:00Z', '2026-12-31T00:00Z']],
    ['0 0 * * FRI#L', ['2026-12-25T00:00Z', '2027-01-29T00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['@daily', ['2026-11-30T00:00Z', '2026-12-01T00:00Z']],
    ['*/20 * * * *', ['2026-11-29T12:40Z', '2026-11-29T13:00Z']],
  ])('%s in UTC', (cron, expected) => expect(runs({ cron }, '2026-11-29T12:30:00Z', 2)).toEqual(expected))

  it('reads the wall of the time zone', () => {
    expect(runs({ cron: '0 9 * * *', timeZone: 'Europe/Berlin' }, '2026-07-01T00:00:00Z', 1)).toEqual([
      '2026-07-01T07:00Z',
    ])
    expect(runs({ cron: '0 9 * * *', timeZone: 'Asia/Kolkata' }, '2026-07-01T00:00:00Z', 1)).toEqual([
      '2026-07-01T03:30Z',
    ])
  })

  it('a date that never comes, and one beyond ten years', () => {
    expect(nextAfter({ cron: '0 0 30 2 *' }, at('2026-11-30'))).toBeUndefined()
    expect(nextAfter({ cron: '0 0 0 1 1 * 9999' }, at('2026-11-30'))).toBeUndefined()
  })
})

// In Berlin 02:00–03:00 is left out on 2027-03-28, and comes twice on 2027-10-31.
describe.each([
  ['skip', ['2027-03-27T01:30Z', '2027-03-29T00:30Z'], ['2027-10-31T00:30Z', '2027-11-01T01:30Z']],
  ['once', ['2027-03-27T01:30Z', '2027-03-28T01:00Z', '2027-03-29T00:30Z'], ['2027-10-31T00:30Z', '2027-11-01T01:30Z']],
  [
    'both',
    ['2027-03-27T01:30Z', '2027-03-28T01:00Z', '2027-03-29T00:30Z'],
    ['2027-10-31T00:30Z', '2027-10-31T01:30Z', '2027-11-01T01:30Z'],
  ],
] as const)('a change of the clock, %s', (dst, forward, back) => {
  const times = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', dst }
  it('forward', () => expect(runs(times, '2027-03-26T12:00:00Z', forward.length)).toEqual(forward))
  it('back', () => expect(runs(times, '2027-10-30T12:00:00Z', back.length)).toEqual(back))
  it('asked at any moment, the answer is the next of the same runs', () => {
    for (const [day, all] of [
      ['2027-03-26T12:00:00Z', forward],
      ['2027-10-30T12:00:00Z', back],
    ] as const) {
      for (let ms = at(day); ms < at(day) + 40 * 3_600_000; ms += 600_000) {
        const next = all.find((run) => at(run) > ms)
        if (next !== undefined) expect(iso(nextAfter(times, ms)), iso(ms)).toBe(next)
      }
    }
  })
})

describe('patterns for every hour go by elapsed time', () => {
  it.each(['skip', 'once', 'both'] as const)('%s', (dst) => {
    const times = { cron: '*/30 * * * *', timeZone: 'Europe/Berlin', dst }
    for (const day of ['2027-03-28T00:00:00Z', '2027-10-31T00:00:00Z']) {
      const all = nextRuns(times, at(day), 8)
      expect(all).toEqual(Array.from({ length: 8 }, (_, n) => at(day) + (n + 1) * 1_800_000))
    }
  })
})

it('half hours, and the southern side', () => {
  // Lord Howe goes forward by 30 minutes: 02:00 becomes 02:30.
  const times = { cron: '15 2 * * *', timeZone: 'Australia/Lord_Howe' }
  expect(runs(times, '2026-10-02T16:00:00Z', 2)).toEqual(['2026-10-03T15:30Z', '2026-10-04T15:15Z'])
})

it('several wall times that are left out are one run at the jump', () => {
  const times = { cron: '5,15,45 2 * * *', timeZone: 'Europe/Berlin' }
  expect(runs(times, '2027-03-28T00:00:00Z', 2)).toEqual(['2027-03-28T01:00Z', '2027-03-29T00:05Z'])
})

it('multiples since 1970, and their offset', () => {
  expect(runs({ everyMs: 900_000 }, '2026-11-30T06:07:00Z', 2)).toEqual(['2026-11-30T06:15Z', '2026-11-30T06:30Z'])
  expect(runs({ everyMs: 3_600_000, offsetMs: 300_000 }, '2026-11-30T06:05:00Z', 1)).toEqual(['2026-11-30T07:05Z'])
})

it('a pattern for every second of an hour that comes twice is answered at once', () => {
  const times = { cron: '* * 2 * * *', timeZone: 'Europe/Berlin' }
  let next: number | undefined
  expect(cpuMs(() => (next = nextAfter(times, at('2027-10-31T00:59:59Z'))))).toBeLessThan(500)
  expect(iso(next)).toBe('2027-11-01T01:00Z')
})
