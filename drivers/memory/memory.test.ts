import { describe, expect, it } from 'vitest'
import type { Reserved, StoredJob, Verdict } from '../../src/contract/index.ts'
import { MemoryDriver } from './driver.ts'
import { createMemoryStore, memoryDriver } from './index.ts'
import { virtualEnv } from './virtual-env.ts'

const signal = new AbortController().signal
const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: '',
  ...fields,
})

async function scene(leaseMs = 30_000) {
  const env = virtualEnv()
  const store = createMemoryStore({ env })
  let seq = 0
  const call = (lane = 0) => ({ lane, seq: ++seq })
  const open = async () => {
    const driver = memoryDriver({ store, env, leaseMs })
    await driver.open()
    return driver
  }
  const driver = await open()
  const want = (limit = 100, waitMs = 0) => ({ demand: [{ queue: 'q', limit }], limit, waitMs, signal })
  const take = (limit = 100, by = driver) => by.reserve(call(), want(limit)).then(({ jobs }) => jobs)
  const settle = async (verdict: Verdict, limit = 100) => {
    const loans = await take(limit)
    return driver.settle(
      call(),
      loans.map(({ receipt }) => ({ receipt, verdict })),
    )
  }
  return { env, store, driver, open, call, want, take, settle }
}

describe('the memory driver', () => {
  it('has a store of its own when none is given', async () => {
    const [a, b] = [memoryDriver(), memoryDriver()]
    await Promise.all([a.open(), b.open()])
    await a.enqueue({ lane: 0, seq: 1 }, [job('x')])
    expect((await b.depth(['q']))[0]?.ready).toBe(0)
    await Promise.all([a.close(), b.close()])
  })

  it('is the same driver by either name', () => {
    expect(memoryDriver()).toBeInstanceOf(MemoryDriver)
  })

  it('tells a lease to the millisecond', async () => {
    const { env, driver, open, call, take } = await scene(1_000)
    const other = await open()
    await driver.enqueue(call(), [job('x')])
    await take()
    await env.advance(999)
    expect(await other.sweep(10)).toEqual({ taken: 0, more: false })
    await other.beat({ renew: true, running: 0, progress: [], about: '{}' })
    await env.advance(1)
    expect(await other.sweep(10)).toEqual({ taken: 1, more: false })
  })

  it('keeps the failed for 14 days, and the rest of them goes with the sweep', async () => {
    const { env, driver, call, settle } = await scene(Infinity)
    await driver.enqueue(call(), [job('old'), job('removed')])
    await settle({ kind: 'dead', reason: 'no' })
    await driver.inspector!.remove(['removed'])
    await env.advance(14 * 86_400_000)
    await driver.enqueue(call(), [job('young')])
    await settle({ kind: 'cancelled', reason: 'no' })
    await driver.sweep(100)
    expect((await driver.depth(['q']))[0]).toMatchObject({ dead: 1, cancelled: 1 })
    await env.advance(1)
    await driver.sweep(100)
    expect((await driver.depth(['q']))[0]).toMatchObject({ dead: 0, cancelled: 1 })
    expect(await driver.inspector!.find(['old'])).toEqual([undefined])
  })

  it('wakes at the very millisecond: a due time, a token, a thaw', async () => {
    const { env, driver, call, want } = await scene()
    const startMs = env.nowMs()
    const at = async (pending: Promise<Reserved>) => {
      let answeredMs = 0
      const watched = pending.then(({ jobs }) => {
        answeredMs = env.nowMs() - startMs
        expect(jobs).toHaveLength(1)
      })
      while (answeredMs === 0) await env.advance(1)
      await watched
      return answeredMs
    }
    await driver.enqueue(call(), [job('a', { due: { inMs: 77 } })])
    expect(await at(driver.reserve(call(), want(1, 1_000)))).toBe(77)

    await driver.limits!.set('q', 'groups', { rates: [{ tokens: 1, perMs: 100, burst: 1 }] }, 1)
    await driver.enqueue(call(), [job('b'), job('c')])
    await driver.reserve(call(), want(1))
    expect(await at(driver.reserve(call(), want(1, 1_000)))).toBe(177)

    await driver.limits!.freeze('q', undefined, startMs + 300)
    await driver.limits!.set('q', 'groups', {}, 2)
    await driver.enqueue(call(), [job('d')])
    expect(await at(driver.reserve(call(), want(1, 1_000)))).toBe(300)
  })

  it('waits longer than any timer can', async () => {
    const { env, driver, call, want } = await scene()
    const pending = driver.reserve(call(), want(1, 2 ** 33))
    await driver.enqueue(call(1), [job('far', { due: { inMs: 2 ** 32 } })])
    await env.advance(2 ** 32)
    expect((await pending).jobs).toHaveLength(1)
  })

  it('gives a job to the one that has waited longest', async () => {
    const { driver, open, call, want } = await scene()
    const other = await open()
    const answers: string[] = []
    const stop = new AbortController()
    const first = driver.reserve(call(), { ...want(1, 1_000), signal: stop.signal }).then(() => answers.push('first'))
    const second = other.reserve(call(), { ...want(1, 1_000), signal: stop.signal }).then(() => answers.push('second'))
    await driver.enqueue(call(1), [job('x')])
    await Promise.resolve()
    await first
    expect(answers).toEqual(['first'])
    stop.abort()
    await second
  })

  it('a wait that is asked for again is the same wait', async () => {
    const { driver, call, want } = await scene()
    const same = call()
    const [a, b] = [driver.reserve(same, want(5, 1_000)), driver.reserve(same, want(5, 1_000))]
    await driver.enqueue(call(1), [job('x')])
    expect(await a).toEqual(await b)
    expect((await driver.depth(['q']))[0]?.running).toBe(1)
  })

  it('the next call of a lane ends the wait of the one before, which takes nothing', async () => {
    const { driver, call, want } = await scene()
    const given = driver.reserve(call(), want(5, 1_000))
    await driver.enqueue(call(), [job('x')])
    expect((await given).jobs).toEqual([])
    expect((await driver.depth(['q']))[0]).toMatchObject({ ready: 1, running: 0 })
  })

  it('a session that is taken back while it waits gets nothing', async () => {
    const { env, driver, call, want } = await scene(100)
    const pending = driver.reserve(call(), want(5, 10_000))
    await env.advance(100)
    const other = memoryDriver({ env })
    await other.open()
    await driver.sweep(10)
    expect((await pending).jobs).toEqual([])
  })

  it('a clock that jumps back does not park a group for the length of the jump', async () => {
    const { env, driver, call, take } = await scene()
    await driver.limits!.set('q', 'groups', { rates: [{ tokens: 1, perMs: 100, burst: 1 }] }, 1)
    await driver.enqueue(call(), [job('a', { group: 'g' }), job('b', { group: 'g' })])
    expect(await take()).toHaveLength(1)
    expect(await take()).toHaveLength(0)
    await env.advance(-50)
    expect(await take()).toHaveLength(0)
    await env.advance(-3_600_000)
    expect(await take()).toHaveLength(1)
  })

  it('forgets groups that hold nothing, and not the bucket of one that is still filling', async () => {
    const { env, store, driver, call, settle, take } = await scene()
    await driver.limits!.set('q', 'groups', { rates: [{ tokens: 1, perMs: 60_000, burst: 1 }] }, 1)
    for (let n = 0; n < 500; n++) {
      await driver.enqueue(call(), [job(`${n}`, { group: `host-${n}` })])
      await settle({ kind: 'done' })
    }
    expect(store.queues.get('q')?.groups.size).toBe(500)
    await driver.enqueue(call(), [job('again', { group: 'host-0' })])
    expect(await take()).toHaveLength(0)
    await env.advance(60_000)
    expect(await take()).toHaveLength(1)
    for (let n = 0; n < 500; n++) {
      await driver.enqueue(call(), [job(`later-${n}`, { group: `later-${n}` })])
      await settle({ kind: 'done' })
      await env.advance(60_000)
    }
    expect(store.queues.get('q')!.groups.size).toBeLessThan(10)
  })

  it('a dead job of a forgotten group can be retried', async () => {
    const { driver, call, settle, take, store } = await scene()
    await driver.enqueue(call(), [job('x', { group: 'gone' })])
    await settle({ kind: 'dead', reason: 'x' })
    for (let n = 0; n < 3; n++) await driver.enqueue(call(), [job(`${n}`, { group: `g${n}` })])
    expect(store.queues.get('q')?.groups.has('gone')).toBe(false)
    expect(await driver.inspector!.retry(['x'])).toEqual(['retried'])
    expect((await take()).map(({ job }) => job.id)).toContain('x')
    expect((await driver.inspector!.audit()).repaired).toBe(0)
  })

  it('drops windows of unique keys when they are over', async () => {
    const { env, store, driver, call, settle } = await scene()
    for (let n = 0; n < 100; n++) {
      await driver.enqueue(call(), [job(`${n}`, { unique: { key: `k${n}`, mode: 'keep', forMs: 50 } })])
      await settle({ kind: 'done' })
      await env.advance(10)
    }
    expect(store.queues.get('q')!.unique.size).toBeLessThan(10)
  })

  it('leaves nothing behind when everything is done', async () => {
    const { store, driver, call, settle } = await scene()
    for (let n = 0; n < 50; n++) {
      await driver.enqueue(call(), [job(`${n}`, { group: `g${n % 5}`, unique: { key: `${n}`, mode: 'keep' } })])
    }
    await settle({ kind: 'done' })
    expect([store.jobs.size, store.newest, store.queues.get('q')!.unique.size]).toEqual([0, undefined, 0])
  })

  it('an audit finds and repairs what was wrong, queue by queue', async () => {
    const { store, driver, call } = await scene()
    for (let n = 0; n < 250; n++) await driver.enqueue(call(), [job(`${n}`, { queue: `q${n}` })])
    store.queues.get('q7')!.counts.ready = 5
    let cursor: string | undefined
    const repaired: number[] = []
    do {
      const audit = await driver.inspector!.audit(cursor)
      repaired.push(audit.repaired)
      cursor = audit.cursor
    } while (cursor !== undefined)
    expect(repaired).toHaveLength(3)
    expect(repaired.reduce((a, b) => a + b)).toBe(1)
    expect((await driver.depth(['q7']))[0]?.ready).toBe(1)
  })

  it('a page is found again when the job that it ended with has gone', async () => {
    const { driver, call } = await scene()
    await driver.enqueue(
      call(),
      Array.from({ length: 6 }, (_, n) => job(`${n}`)),
    )
    const inspector = driver.inspector!
    const first = await inspector.list({}, { limit: 2 })
    await inspector.remove(['4'])
    const second = await inspector.list({}, { limit: 10, cursor: first.cursor! })
    expect(second.jobs.map(({ job }) => job.id)).toEqual(['3', '2', '1', '0'])
  })

  it('peek plays the turns through as they will be taken', async () => {
    const { driver, call, take } = await scene()
    await driver.limits!.set('q', { group: 'b' }, { weight: 2 }, 1)
    const groups = ['a', 'a', 'a', 'b', 'b', 'b', 'b', 'c', undefined, undefined]
    await driver.enqueue(
      call(),
      groups.map((group, n) => job(`${n}`, { priority: n % 3, ...(group === undefined ? {} : { group }) })),
    )
    await take(3)
    const peeked = (await driver.inspector!.peek('q', 100)).map(({ job }) => job.id)
    expect((await take(100)).map(({ job }) => job.id)).toEqual(peeked)
  })

  it('the same steps give the same answers: no clock, no chance but the ones it was given', async () => {
    const trace = async () => {
      const { env, driver, call, take, settle } = await scene()
      const told: unknown[] = []
      for (let n = 0; n < 20; n++) {
        told.push(await driver.enqueue(call(), [job(`${n}`, { group: `g${n % 3}`, due: { inMs: n % 4 } })]))
        await env.advance(1)
        if (n % 5 === 0) told.push(await settle({ kind: 'retry', due: { inMs: 3 } }, 2))
        told.push(await take(1))
      }
      return told
    }
    expect(await trace()).toEqual(await trace())
  })
})
