import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

it.each([
  ['concurency', 'concurrency'],
  ['Timeout', 'timeoutMs'],
  ['atempts', 'attempts'],
  ['zzz', undefined],
  ['', undefined],
])('%s → %s', (word, expected) => {
  expect(nearest(word, ['concurrency', 'timeoutMs', 'attempts', 'priority'])).toBe(expected)
})
