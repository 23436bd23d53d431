import { describe, expect, test } from 'vitest'
import { balance, firstShares, type QueueLoad, wantedShares } from './balance.ts'

const load = (queue: string, more: Partial<QueueLoad> = {}): QueueLoad => ({
  queue,
  min: 1,
  max: 100,
  weight: 1,
  share: 50,
  ready: 0,
  running: 0,
  oldestReadyMs: 0,
  runMs: 100,
  ...more,
})
const wanted = (loads: QueueLoad[], slots = 100) => Object.fromEntries(wantedShares(loads, slots))
const sumOf = (shares: Iterable<number>) => [...shares].reduce((sum, share) => sum + share, 0)

describe('what each should have', () => {
  test('nothing waits: by weight', () => {
    expect(wanted([load('a'), load('b', { weight: 3 })])).toEqual({ a: 25, b: 75 })
  })

  test('what waits, by the work that it is: jobs times what each takes', () => {
    expect(wanted([load('a', { ready: 1_000 }), load('b', { ready: 3_000 })])).toEqual({ a: 25, b: 75 })
    expect(wanted([load('a', { ready: 1_000, runMs: 900 }), load('b', { ready: 1_000 })])).toEqual({ a: 90, b: 10 })
  })

  test('who has waited long has more of it, to a bound', () => {
    const share = (oldestReadyMs: number) =>
      wanted([load('a', { ready: 1_000, oldestReadyMs }), load('b', { ready: 1_000 })])['a']!
    expect([share(0), share(20_000), share(60_000), share(3_600_000)]).toEqual([50, 67, 80, 80])
  })

  test('nobody has more than jobs while another needs it; what is left over is shared by weight', () => {
    expect(wanted([load('a', { ready: 5, running: 2 }), load('b', { ready: 60 })])).toEqual({ a: 24, b: 76 })
    expect(wanted([load('a', { ready: 5, runMs: 60_000 }), load('b', { ready: 9_999 })])['a']).toBe(5)
  })

  test('min and max hold, also against each other', () => {
    expect(wanted([load('a', { min: 30 }), load('b', { ready: 9_999 })])).toEqual({ a: 30, b: 70 })
    expect(wanted([load('a', { max: 20, ready: 9_999 }), load('b', { max: 30 })])).toEqual({ a: 20, b: 30 })
    expect(wanted([load('a', { min: 60, ready: 5 }), load('b', { min: 60 })])).toEqual({ a: 60, b: 60 })
    expect(wanted([load('a', { min: 0, ready: 0 }), load('b', { ready: 9_999 })])).toEqual({ a: 0, b: 100 })
  })

  test('never more in all than there is', () => {
    for (let slots = 3; slots < 40; slots++) {
      const loads = ['a', 'b', 'c'].map((queue, n) => load(queue, { ready: 7 ** (n + 1), runMs: 10 * (n + 1) }))
      expect(sumOf(wantedShares(loads, slots).values())).toBe(slots)
    }
  })

  test('a queue whose run time is not known yet', () => {
    expect(wanted([load('a', { ready: 100, runMs: 0 }), load('b', { ready: 100, runMs: 0 })])).toEqual({ a: 50, b: 50 })
  })
})

describe('a step', () => {
  test('an eighth of the slots at most, and what one gains another has given', () => {
    const step = balance([load('a', { ready: 9_999 }), load('b')], 100)
    expect(Object.fromEntries(step)).toEqual({ a: 63, b: 37 })
  })

  test('small differences stay: 5 %', () => {
    const near = [load('a', { share: 47, ready: 1_000 }), load('b', { share: 53, ready: 1_000 })]
    expect(balance(near, 100).size).toBe(0)
    const far = [load('a', { share: 44, ready: 1_000 }), load('b', { share: 56, ready: 1_000 })]
    expect(Object.fromEntries(balance(far, 100))).toEqual({ a: 50, b: 50 })
  })

  test('what is above its max, or below its min, is put right at once', () => {
    const step = balance([load('a', { share: 90, max: 20 }), load('b', { share: 10, min: 60 })], 100)
    expect(Object.fromEntries(step)).toEqual({ a: 20, b: 60 })
  })

  test('fewer slots than before: everybody gives', () => {
    const step = balance([load('a', { max: 20 }), load('b', { max: 20 })], 20)
    expect(sumOf(step.values())).toBeLessThanOrEqual(40)
    const after = balance([load('a', { share: 20, max: 20 }), load('b', { share: 20, max: 20 })], 20)
    expect(Object.fromEntries(after)).toEqual({ a: 10, b: 10 })
  })
})

test('the beginning is by weight, within min and max', () => {
  const queues = [
    { queue: 'a', min: 1, max: 10, weight: 1 },
    { queue: 'b', min: 1, max: 100, weight: 1 },
    { queue: 'c', min: 1, max: 100, weight: 2 },
  ]
  expect(Object.fromEntries(firstShares(queues, 100))).toEqual({ a: 10, b: 30, c: 60 })
})

/** Two queues in a process with some slots, a second at a time: jobs come, wait, run for their time and end. */
function simulate(seconds: number, comesOf: (queue: 'a' | 'b', second: number) => number, balanced: boolean) {
  const slots = 80
  const runS = { a: 1, b: 4 }
  const names = ['a', 'b'] as const
  const waiting: Record<'a' | 'b', number[]> = { a: [], b: [] }
  const running: Record<'a' | 'b', number[]> = { a: [], b: [] }
  const share = { a: 40, b: 40 }
  const worst = { a: 0, b: 0 }
  const moves: string[] = []
  for (let now = 0; now < seconds; now++) {
    for (const name of names) {
      for (let n = 0; n < comesOf(name, now); n++) waiting[name].push(now)
      running[name] = running[name].filter((endsAt) => endsAt > now)
      while (running[name].length < share[name] && waiting[name].length > 0) {
        worst[name] = Math.max(worst[name], now - waiting[name].shift()!)
        running[name].push(now + runS[name])
      }
    }
    if (!balanced || now % 3 !== 0) continue
    const loads = names.map((name) =>
      load(name, {
        max: slots,
        min: 5,
        share: share[name],
        ready: waiting[name].length,
        running: running[name].length,
        oldestReadyMs: 1_000 * (now - (waiting[name][0] ?? now)),
        runMs: 1_000 * runS[name],
      }),
    )
    for (const [name, to] of balance(loads, slots)) {
      moves.push(`${now} ${name} ${to}`)
      share[name as 'a' | 'b'] = to
    }
    expect(share.a + share.b).toBeLessThanOrEqual(slots)
    expect(Math.min(share.a, share.b)).toBeGreaterThanOrEqual(5)
  }
  return { share, worst, moves, left: { a: waiting.a.length, b: waiting.b.length } }
}

describe('a simulated load', () => {
  // 15 a second of `b`, 4 s each, need 60 slots; `a` needs 10. Halves cannot do it: `b` would fall behind for ever.
  const steady = (queue: 'a' | 'b') => (queue === 'a' ? 10 : 15)

  test('where halves fall behind for ever, balanced shares keep up', () => {
    const halves = simulate(120, steady, false)
    expect(halves.left.b).toBeGreaterThan(500)
    const { share, left, worst } = simulate(120, steady, true)
    expect(left.b).toBeLessThan(30)
    expect(share.b).toBeGreaterThanOrEqual(55)
    expect(worst.a).toBeLessThanOrEqual(3)
    expect(worst.b).toBeLessThanOrEqual(12)
  })

  test('once it has settled it does not swing', () => {
    const { moves } = simulate(600, steady, true)
    expect(moves.filter((move) => Number(move.split(' ')[0]) > 300).length).toBeLessThanOrEqual(20)
  })

  test('a burst is given what it needs, and gives it back', () => {
    const burst = (queue: 'a' | 'b', second: number) => (queue === 'a' ? (second === 60 ? 2_000 : 5) : 8)
    const during = simulate(75, burst, true)
    expect(during.share.a).toBeGreaterThanOrEqual(55)
    const after = simulate(300, burst, true)
    expect(after.left).toEqual({ a: 0, b: 0 })
    expect(after.share.b).toBeGreaterThanOrEqual(32)
    expect(after.worst.a).toBeLessThan(2_000 / 40)
  })
})
