import { describe, expect, test } from 'vitest'
import { draftOf, settingsOf } from './limit-draft.ts'

describe('a form of limits', () => {
  test.each([
    {},
    { rates: [{ tokens: 0.5, perMs: 1_000, burst: 10 }], concurrencyMax: 0 },
    { quota: { jobs: 10, perMs: 3_600_000 }, weight: 2.5, depthMax: 1_000 },
  ])('shows and gives back %j', (settings) => expect(settingsOf(draftOf(settings))).toEqual(settings))

  test('a burst as large as the rate goes without saying, and an empty rate is none', () => {
    const draft = draftOf({ rates: [{ tokens: 40, perMs: 1_000, burst: 40 }] })
    expect(draft.rates).toEqual([{ tokens: '40', perMs: 1_000, burst: '' }])
    expect(settingsOf({ ...draft, rates: [...draft.rates, { tokens: ' ', perMs: 60_000, burst: '' }] })).toEqual({
      rates: [{ tokens: 40, perMs: 1_000 }],
    })
  })

  test('says what is wrong, all of it', () => {
    const draft = { ...draftOf({}), concurrencyMax: '1.5', rates: [{ tokens: '0', perMs: 1_000, burst: 'many' }] }
    expect(settingsOf(draft)).toBe(
      'A rate is "0": it has to be a number above 0. A burst is "many": it has to be a number above 0. The concurrency is "1.5": it has to be a whole number, 0 or more.',
    )
  })
})
