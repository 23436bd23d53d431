import { describe, expect, test } from 'vitest'
import { scheduleDraftOf, scheduleOf } from './schedule-draft.ts'

describe('the form of a schedule', () => {
  const nightly = {
    id: 'nightly',
    cron: '0 3 * * *',
    timeZone: 'Europe/Paris',
    missed: 'all',
    overlap: 'skip',
    paused: false,
    name: 'clean',
    queue: 'maintenance',
    input: { days: 7 },
  }

  test('shows what there is, and gives it back', () => {
    expect(scheduleOf(scheduleDraftOf(nightly, 'UTC'))).toEqual({
      cron: '0 3 * * *',
      timeZone: 'Europe/Paris',
      missed: 'all',
      overlap: 'skip',
      job: { name: 'clean', queue: 'maintenance', input: { days: 7 } },
    })
    const { cron: _cron, timeZone: _timeZone, ...rest } = nightly
    expect(scheduleDraftOf({ ...rest, everyMs: 5_400_000 }, 'UTC')).toMatchObject({
      kind: 'every',
      every: '90',
      everyUnitMs: 60_000,
    })
    expect(scheduleOf(scheduleDraftOf({ ...rest, everyMs: 5_400_000 }, 'UTC'))).toMatchObject({ everyMs: 5_400_000 })
  })

  test('a new one is in the time zone of who makes it', () => {
    expect(scheduleDraftOf(undefined, 'Asia/Tokyo')).toMatchObject({ timeZone: 'Asia/Tokyo', kind: 'cron', id: '' })
  })

  test.each([
    [{ id: ' ' }, 'It has no name yet.'],
    [{ job: '' }, 'Choose its job.'],
    [{ kind: 'every', every: '0.5', everyUnitMs: 1_000 }, 'Every second is the most.'],
    [{ kind: 'every', every: 'often' }, 'Every second is the most.'],
    [{ cron: ' ' }, 'The pattern is empty.'],
    [{ input: '{' }, expect.stringMatching(/^The input is no JSON: /)],
    [
      { input: '{"password":"[redacted]"}' },
      'A secret of the input is not shown, and would be lost: write it in anew.',
    ],
  ] as const)('says what is wrong with %j', (part, words) => {
    expect(scheduleOf({ ...scheduleDraftOf(nightly, 'UTC'), ...part })).toEqual(words)
  })
})
