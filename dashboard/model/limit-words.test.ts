import { expect, test } from 'vitest'
import { limitWords } from './limit-words.ts'

test('limits read as one would say them', () => {
  expect(limitWords({})).toEqual([])
  expect(
    limitWords({
      rates: [
        { tokens: 40, perMs: 1_000, burst: 80 },
        { tokens: 1_000, perMs: 3_600_000 },
        { tokens: 5, perMs: 10_000, burst: 5 },
      ],
      quota: { jobs: 10_000, perMs: 86_400_000 },
      concurrencyMax: 20,
      weight: 3,
      depthMax: 1,
    }),
  ).toEqual([
    '40 a second, burst 80',
    '1,000 an hour',
    '5 every 10.0 s',
    'at most 10,000 a day',
    '20 at once',
    'weight 3',
    '1 job waiting',
  ])
})
