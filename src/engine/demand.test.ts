import { describe, expect, it } from 'vitest'
import { DemandPlan } from './demand.ts'

const none = () => 0

/** Serves a plan from queues that hold so much, `free` slots a call; answers what each queue got. */
function serve(plan: DemandPlan, backlog: Record<string, number>, free: number, calls: number): Record<string, number> {
  const got: Record<string, number> = {}
  for (let call = 0; call < calls; call++) {
    const demand = plan.share(free, none)
    const taken = new Map<string, number>()
    let left = free
    for (const { queue, limit } of demand) {
      const count = Math.min(limit, left, backlog[queue] ?? 0)
      left -= count
      backlog[queue] = (backlog[queue] ?? 0) - count
      got[queue] = (got[queue] ?? 0) + count
      taken.set(queue, count)
    }
    plan.learn(demand, free, taken)
  }
  return got
}

describe('DemandPlan', () => {
  it.each([1, 2, 7, 100, 500])('shares by weight, %i slots a call', (free) => {
    const plan = new DemandPlan({ small: { weight: 1 }, big: { weight: 3 } })
    const got = serve(plan, { small: 1e6, big: 1e6 }, free, 400)
    expect(got['big']! / got['small']!).toBeGreaterThan(2.6)
    expect(got['big']! / got['small']!).toBeLessThan(3.4)
  })

  it('a busy queue gets nearly all, however many idle ones there are', () => {
    const plan = new DemandPlan({
      busy: {},
      ...Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`idle${n}`, {}])),
    })
    expect(serve(plan, { busy: 1e6 }, 100, 20)['busy']).toBeGreaterThan(1_800)
  })

  it('of many busy queues some are asked at a time, each in its turn, for more than a handful', () => {
    const names = Array.from({ length: 100 }, (_, n) => `q${n}`)
    const plan = new DemandPlan(Object.fromEntries(names.map((name) => [name, {}])))
    const backlog = Object.fromEntries(names.map((name) => [name, 1e6]))
    expect(plan.share(500, none)).toHaveLength(100)
    expect(plan.asksAll).toBe(true)
    serve(plan, backlog, 500, 1)
    const demand = plan.share(500, none)
    expect(demand.map(({ limit }) => limit)).toEqual(Array.from({ length: 20 }, () => 25))
    expect(plan.asksAll).toBe(false)
    const got = Object.values(serve(plan, backlog, 500, 50))
    expect(Math.min(...got)).toBeGreaterThan(200)
    expect(Math.max(...got)).toBeLessThan(300)
  })

  it('a queue that wakes gets its turn at once, and no more than its share for what it missed', () => {
    const plan = new DemandPlan({ a: {}, b: {} })
    serve(plan, { a: 1e6 }, 10, 1_000)
    const got = serve(plan, { a: 1e6, b: 1e6 }, 10, 400)
    expect(got['b']!).toBeGreaterThan(1_500)
    expect(got['a']!).toBeGreaterThan(1_000)
  })

  it('leaves out what is paused or full, and tells whether pausing changed anything', () => {
    const plan = new DemandPlan({ a: { concurrency: 2 }, b: {} })
    expect(plan.share(10, (queue) => (queue === 'a' ? 2 : 0)).map(({ queue }) => queue)).toEqual(['b'])
    expect(plan.setPaused(new Set(['b']))).toBe(true)
    expect(plan.setPaused(new Set(['b']))).toBe(false)
    expect(plan.share(10, none)).toEqual([{ queue: 'a', limit: 2 }])
    plan.setShare('a', { concurrency: 5 })
    expect(plan.share(10, none)).toEqual([{ queue: 'a', limit: 5 }])
  })
})
