import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1.5s', 1_500],
    [' 1s ', 1_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms))
  it.each(['', '10', 's', '5 minutes', '-1s', '1s2', 'ten', '1e3ms', '1h 30m'])(
    'refuses %j and says how to write it',
    (text) => {
      expect(() => parseDuration(text)).toThrow(/write it like/)
    },
  )
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [12_340, '12.3 s'],
    [245_000, '4 m 05 s'],
    [12_000_000, '3 h 20 m'],
    [187_200_000, '2 d 04 h'],
  ])('%i', (ms, text) => expect(formatDuration(ms)).toBe(text))
})
