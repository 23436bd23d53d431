import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDuration } from '../../src/base/duration.ts'
import { parsedDuration, shortDuration } from './short-duration.ts'

test.each(['250ms', '90s', '1.5h', '1h30m', '2d4h3m2s1ms', ' 5m '])('%j is read as everywhere else', (text) => {
  expect(parsedDuration(text)).toBe(parseDuration(text))
})

test.each(['', '30', 'h', '1h 30m', '-1s', '1w', '1e3s', '9'.repeat(50) + 's'])('%j is no duration', (text) => {
  expect(parsedDuration(text)).toBeUndefined()
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e13 }), (ms) => {
      expect(parsedDuration(shortDuration(ms))).toBe(ms)
    }),
  )
  expect(shortDuration(5_400_000)).toBe('90m')
})
