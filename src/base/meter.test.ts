import { describe, expect, it } from 'vitest'
import { isMeterFull, type Meter, meterAtMs, meterHeldBy, meterNow, payMeter } from './meter.ts'

const dayMs = 86_400_000
const midnight = Math.floor(1_800_000_000_000 / dayMs) * dayMs
const quota = { jobs: 10, perMs: dayMs }
const fresh = (): Meter => ({ buckets: [], spent: undefined })

describe('a quota', () => {
  it('is whole at the beginning of each window, at midnight UTC for a day', () => {
    const meter = fresh()
    payMeter({ quota }, meter, midnight + 5_000, 10)
    expect(meterNow({ quota }, meter, midnight + dayMs - 1)).toBe(0)
    expect(meterAtMs({ quota }, meter, midnight + 6_000)).toBe(midnight + dayMs)
    expect(meterNow({ quota }, meter, midnight + dayMs)).toBe(10)
    expect(meterAtMs({ quota }, meter, midnight + dayMs)).toBe(midnight + dayMs)
  })

  it('counts what was taken in its window, and nothing of the one before', () => {
    const meter = fresh()
    payMeter({ quota }, meter, midnight + dayMs - 1, 9)
    payMeter({ quota }, meter, midnight + dayMs, 4)
    expect(meterNow({ quota }, meter, midnight + dayMs)).toBe(6)
  })

  it('that was lowered below what was taken gives nothing, and owes nothing to the next window', () => {
    const meter = fresh()
    payMeter({ quota }, meter, midnight, 9)
    const lower = { jobs: 3, perMs: dayMs }
    expect(meterNow({ quota: lower }, meter, midnight)).toBe(0)
    expect(meterNow({ quota: lower }, meter, midnight + dayMs)).toBe(3)
  })

  it('of another length counts anew', () => {
    const meter = fresh()
    payMeter({ quota }, meter, midnight, 10)
    expect(meterNow({ quota: { jobs: 10, perMs: 3_600_000 } }, meter, midnight)).toBe(10)
  })

  it('after a clock that jumped back gives too much once rather than nothing for long', () => {
    const meter = fresh()
    payMeter({ quota }, meter, midnight, 10)
    expect(meterNow({ quota }, meter, midnight - 1)).toBe(10)
  })
})

describe('rates and a quota together', () => {
  const both = { rates: [{ tokens: 2, perMs: 1_000, burst: 2 }], quota: { jobs: 3, perMs: 60_000 } }

  it('the tighter one binds, and its moment is the one to wait for', () => {
    const meter = fresh()
    expect(meterNow(both, meter, midnight)).toBe(2)
    payMeter(both, meter, midnight, 2)
    expect(meterAtMs(both, meter, midnight)).toBe(midnight + 500)
    expect(meterNow(both, meter, midnight + 1_000)).toBe(1)
    payMeter(both, meter, midnight + 1_000, 1)
    expect(meterAtMs(both, meter, midnight + 1_000)).toBe(midnight + 60_000)
    expect(meterNow(both, meter, midnight + 60_000)).toBe(2)
  })

  it('are forgotten when the bucket is full and the window over, not before', () => {
    const meter = fresh()
    expect(isMeterFull(meter, midnight)).toBe(true)
    payMeter(both, meter, midnight, 2)
    expect(isMeterFull(meter, midnight + 59_999)).toBe(false)
    expect(isMeterFull(meter, midnight + 60_000)).toBe(true)
  })

  it('without either, all may be taken, and nothing is remembered', () => {
    const meter = fresh()
    payMeter({}, meter, midnight, 5)
    expect([meterNow({}, meter, midnight), meterAtMs({}, meter, midnight)]).toEqual([Infinity, midnight])
    expect(meter).toEqual(fresh())
  })
})

describe('what is used up', () => {
  it('is nothing, the rate, the quota, or the quota of both', () => {
    const both = { quota, rates: [{ tokens: 1, perMs: 1_000, burst: 1 }] }
    const meter = fresh()
    expect(meterHeldBy({}, meter, midnight)).toBeUndefined()
    expect(meterHeldBy(both, meter, midnight)).toBeUndefined()
    payMeter(both, meter, midnight, 1)
    expect(meterHeldBy(both, meter, midnight + 999)).toBe('rate')
    expect(meterHeldBy(both, meter, midnight + 1_000)).toBeUndefined()
    payMeter(both, meter, midnight + 1_000, 9)
    expect(meterHeldBy(both, meter, midnight + 1_000)).toBe('quota')
    expect(meterHeldBy(both, meter, midnight + dayMs)).toBeUndefined()
  })
})
