import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { age, ago, bytes, clock, count, duration, percent, plural, rate } from './format.ts'

const amount = fc.oneof(
  fc.double({ min: 0, max: 1e12, noNaN: true }),
  fc.nat(),
  fc.constantFrom(0, 0.5, 9.95, 999.5, 59_950, 999_999.5),
)

describe('numbers for people', () => {
  test.each([
    [count(0), '0'],
    [count(9_812), '9,812'],
    [count(999_999), '999,999'],
    [count(999_999.6), '1.00M'],
    [count(1_240_000), '1.24M'],
    [count(31_400_000_000), '31.4B'],
    [count(undefined), '–'],
    [count(Number.NaN), '–'],
    [rate(0), '0'],
    [rate(0.01), '<0.1'],
    [rate(0.44), '0.4'],
    [rate(9.96), '10'],
    [rate(4_812.3), '4,812'],
    [ago(400), 'now'],
    [ago(3_000), '3 s ago'],
    [ago(240_000), '4 min ago'],
    [ago(-7_300_000), 'in 2 h'],
    [ago(5 * 86_400_000), '5 d ago'],
    [duration(0), '0 ms'],
    [duration(0.44), '0.4 ms'],
    [duration(12.4), '12 ms'],
    [duration(999.6), '1.00 s'],
    [duration(31_420), '31.4 s'],
    [duration(59_960), '1m 00s'],
    [duration(252_000), '4m 12s'],
    [duration(11_220_000), '3h 07m'],
    [duration(1_050_000_000), '12d 3h'],
    [duration(-5), '0 ms'],
    [age(999), 'now'],
    [age(61_000), '1m'],
    [age(7_300_000), '2h'],
    [age(900_000_000), '10d'],
    [bytes(0), '0 B'],
    [bytes(831_000), '812 KiB'],
    [bytes(1.3e9), '1.21 GiB'],
    [percent(0.641), '64 %'],
    [clock(Date.UTC(2026, 4, 4, 12, 3, 44)), '2026-05-04 12:03:44 UTC'],
    [clock(1e300), '–'],
    [plural(1, 'job'), '1 job'],
    [plural(2, 'job'), '2 jobs'],
  ])('%s is %s', (shown, expected) => expect(shown).toBe(expected))

  it('stays within the width of its column', () => {
    fc.assert(
      fc.property(amount, (value) => {
        expect(count(value).length).toBeLessThanOrEqual(7)
        expect(rate(value).length).toBeLessThanOrEqual(7)
        expect(duration(value).length).toBeLessThanOrEqual(7)
        expect(bytes(value).length).toBeLessThanOrEqual(9)
        expect(age(Math.min(value, 1e11)).length).toBeLessThanOrEqual(6)
      }),
    )
  })
})
