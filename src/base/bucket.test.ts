import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeTokens, takeTokensOfAll, tokensAtMs, tokensAtMsOfAll, tokensNow, tokensNowOfAll } from './bucket.ts'

const now = 1_800_000_000_000
const threeASecond = { tokens: 3, perMs: 1_000, burst: 3 }

describe('a token bucket', () => {
  it('starts full and is empty after its burst', () => {
    expect(tokensNow(threeASecond, 0, now)).toBe(3)
    const bucket = takeTokens(threeASecond, 0, now, 3)
    expect(tokensNow(threeASecond, bucket, now)).toBe(0)
  })

  it('flows in evenly, also when a token takes a fraction of a millisecond more', () => {
    const bucket = takeTokens(threeASecond, 0, now, 3)
    expect(tokensNow(threeASecond, bucket, now + 333)).toBe(0)
    expect(tokensNow(threeASecond, bucket, now + 334)).toBe(1)
    expect(tokensNow(threeASecond, bucket, now + 1_000)).toBe(3)
    expect(tokensAtMs(threeASecond, bucket, now, 1)).toBe(now + 334)
    expect(tokensAtMs(threeASecond, bucket, now, 3)).toBe(now + 1_000)
  })

  it('saves up no more than its burst', () => {
    const bucket = takeTokens(threeASecond, 0, now, 3)
    expect(tokensNow(threeASecond, bucket, now + 3_600_000)).toBe(3)
  })

  it('takes a burst below one as one', () => {
    expect(tokensNow({ tokens: 1, perMs: 1_000, burst: 0 }, 0, now)).toBe(1)
  })

  it('asks for no more than the burst can ever hold', () => {
    const bucket = takeTokens(threeASecond, 0, now, 3)
    expect(tokensAtMs(threeASecond, bucket, now, 50)).toBe(now + 1_000)
  })

  it('waits out a small step back of the clock, and does not stop for hours after a big one', () => {
    const bucket = takeTokens(threeASecond, 0, now, 3)
    expect(tokensNow(threeASecond, bucket, now - 500)).toBe(0)
    expect(tokensAtMs(threeASecond, bucket, now - 500, 1)).toBe(now + 334)
    expect(tokensNow(threeASecond, bucket, now - 86_400_000)).toBe(3)
  })

  it('opens at once when its rate is raised', () => {
    const slow = takeTokens({ tokens: 1, perMs: 3_600_000, burst: 1 }, 0, now, 1)
    expect(tokensNow(threeASecond, slow, now)).toBe(3)
  })

  it('binds by the tightest of its windows', () => {
    const rates = [threeASecond, { tokens: 5, perMs: 60_000, burst: 5 }]
    expect(tokensNowOfAll(rates, [], now)).toBe(3)
    let buckets = takeTokensOfAll(rates, [], now, 3)
    expect(tokensNowOfAll(rates, buckets, now + 1_000)).toBe(2)
    buckets = takeTokensOfAll(rates, buckets, now + 1_000, 2)
    expect(tokensNowOfAll(rates, buckets, now + 2_000)).toBe(0)
    expect(tokensAtMsOfAll(rates, buckets, now + 2_000, 1)).toBe(now + 12_000)
    expect(tokensNowOfAll([], [], now)).toBe(Infinity)
  })

  it('never gives out more than burst + inflow, and keeps the moment that it promised', () => {
    const rate = fc.record({
      tokens: fc.integer({ min: 1, max: 1_000 }),
      perMs: fc.integer({ min: 1, max: 100_000 }),
      burst: fc.integer({ min: 1, max: 500 }),
    })
    const steps = fc.array(
      fc.record({ waitMs: fc.integer({ min: 0, max: 5_000 }), want: fc.integer({ min: 1, max: 50 }) }),
    )
    fc.assert(
      fc.property(rate, steps, (rate, steps) => {
        let at = now
        let bucket = 0
        let taken = 0
        for (const { waitMs, want } of steps) {
          at += waitMs
          const count = Math.min(want, tokensNow(rate, bucket, at))
          bucket = takeTokens(rate, bucket, at, count)
          taken += count
          expect(taken).toBeLessThanOrEqual(rate.burst + ((at - now) * rate.tokens) / rate.perMs + 1)
          const promised = tokensAtMs(rate, bucket, at, 1)
          expect(tokensNow(rate, bucket, promised)).toBeGreaterThanOrEqual(1)
        }
      }),
    )
  })
})
