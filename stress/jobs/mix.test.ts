import { describe, expect, test } from 'vitest'
import { kinds } from './index.ts'
import type { Dice, World } from './kind.ts'
import { parseMix, plansOf, seeded } from './mix.ts'

const diceOf = (seed: number): Dice => ({ random: seeded(seed), latencyMs: 1_000, origin: () => 'http://127.0.0.1:1' })
const world: World = { queue: 'q', keepMax: 10, began: () => {}, broken: () => {} }

describe('mix', () => {
  test('is read as it is typed', () => expect(parseMix('sleep=60, http=20.5')).toEqual({ sleep: 60, http: 20.5 }))

  test.each([
    ['slep=1', /Did you mean "sleep"/],
    ['sleep', /is not like sleep=60/],
    ['sleep=-1', /is not like/],
    ['sleep=0', /no share above 0/],
    ['', /is not like/],
    ['constructor=1', /no kind of job "constructor"/],
  ])('%j is refused', (text, message) => expect(() => parseMix(text)).toThrow(message))

  test('the same seed draws the same jobs, another one others', () => {
    const mix = parseMix('sleep=1,http=1,fail=1,timeout=1,leak=1,block=1')
    expect(plansOf(mix, 100, diceOf(7))).toEqual(plansOf(mix, 100, diceOf(7)))
    expect(plansOf(mix, 100, diceOf(7))).not.toEqual(plansOf(mix, 100, diceOf(8)))
  })

  test('shares are kept, and a share of 0 is none', () => {
    const plans = plansOf({ sleep: 3, http: 1, block: 0 }, 4_000, diceOf(1))
    const sleeping = plans.filter(({ kind }) => kind === 'sleep').length
    expect(sleeping).toBeGreaterThan(2_850)
    expect(sleeping).toBeLessThan(3_150)
    expect(plans.every(({ kind }) => kind !== 'block')).toBe(true)
  })

  test('every plan names a definition of its kind, and a chain takes no less than its slot', () => {
    for (const [kind, { handlers, plan }] of Object.entries(kinds)) {
      const names = handlers(world).map(({ name }) => name)
      const dice = diceOf(3)
      for (let n = 0; n < 50; n++) {
        const { job, need } = plan(n, dice)
        expect(names, kind).toContain(job)
        expect(need.chainMs).toBeGreaterThanOrEqual(need.slotMs)
        expect(need.slotMs).toBeGreaterThanOrEqual(need.loopMs)
      }
    }
  })
})
