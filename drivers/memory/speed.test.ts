import { describe, expect, it } from 'vitest'
import { cpuMsOf } from '../../test/support/cpu-time.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { createMemoryStore, memoryDriver } from './index.ts'
import { virtualEnv } from './virtual-env.ts'

const signal = new AbortController().signal

async function filled(count: number, fields: (n: number) => Partial<StoredJob>) {
  const env = virtualEnv()
  const driver = memoryDriver({ store: createMemoryStore({ env }), env })
  await driver.open()
  let seq = 0
  const call = () => ({ lane: 0, seq: ++seq })
  for (let n = 0; n < count; n += 10_000) {
    const jobs = Array.from({ length: Math.min(10_000, count - n) }, (_, i) => job(`${n + i}`, fields(n + i)))
    await driver.enqueue(call(), jobs)
  }
  const take = async (limit: number) => {
    const { jobs } = await driver.reserve(call(), { demand: [{ queue: 'q', limit }], limit, waitMs: 0, signal })
    return jobs
  }
  return { env, driver, call, take }
}

const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: '',
  ...fields,
})

/** The lowest of a few: without what is compiled and collected now and then. */
async function lowestMs(rounds: number, run: () => Promise<unknown>): Promise<number> {
  let lowest = Infinity
  for (let i = 0; i < rounds; i++) lowest = Math.min(lowest, await cpuMsOf(run))
  return lowest
}

describe('size does not slow a reserve', () => {
  it('a lone job waits behind a few of 1,000,000', { timeout: 60_000 }, async () => {
    const { driver, call, take } = await filled(1_000_000, () => ({ group: 'big' }))
    for (let i = 0; i < 20; i++) await take(5)
    await driver.enqueue(call(), [job('small', { group: 'small' })])
    const groups: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) groups.push(...(await take(5)).map(({ job }) => job.group))
    expect(groups.indexOf('small')).toBeGreaterThanOrEqual(0)
    expect(groups.indexOf('small')).toBeLessThanOrEqual(2)
    // Ten takes of 500 out of a million: nothing is scanned, nothing is shifted.
    expect(await lowestMs(10, () => take(500))).toBeLessThan(25)
  })

  it('10,000 groups take turns, one job each, and none is asked twice', async () => {
    const { take } = await filled(30_000, (n) => ({ group: `g${n % 10_000}` }))
    const first = await take(10_000)
    expect(new Set(first.map(({ job }) => job.group)).size).toBe(10_000)
    expect(await lowestMs(10, () => take(500))).toBeLessThan(25)
  })

  it('10,000 parked groups are not looked at again', async () => {
    const { driver, take, call } = await filled(20_000, (n) => ({ group: `g${n % 10_000}` }))
    await driver.limits!.set('q', 'groups', { concurrencyMax: 1 }, 1)
    expect(await take(10_000)).toHaveLength(10_000)
    expect(await take(10_000)).toHaveLength(0)
    await driver.enqueue(call(), [job('late', { group: 'late' })])
    expect(await lowestMs(10, () => take(0))).toBeLessThan(5)
    expect((await take(500)).map(({ job }) => job.id)).toEqual(['late'])
  })

  it('delayed jobs become ready at their millisecond, a bounded number in one call', async () => {
    const { env, driver, take } = await filled(5_000, (n) => ({ due: { inMs: 1_000 + (n % 10) } }))
    await env.advance(999)
    expect(await take(10)).toHaveLength(0)
    await env.advance(1)
    const first = await take(10_000)
    expect(first).toHaveLength(500)
    expect(first.every(({ waitedMs }) => waitedMs === 0)).toBe(true)
    await env.advance(9)
    expect((await driver.depth(['q']))[0]).toMatchObject({ ready: 1_000, delayed: 3_500 })
    const rest = await Promise.all([take(10_000), take(10_000), take(10_000), take(10_000)])
    expect(rest.flat()).toHaveLength(4_500)
  })
})
