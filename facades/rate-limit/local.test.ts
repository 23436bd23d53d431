import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, onTestFinished, test } from 'vitest'
import { failure, fiberOf, inside } from '../../test/support/http.ts'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { defineJob, unchecked } from '../../src/index.ts'
import { storage } from '../../src/sandbox/storage.ts'
import { createRateLimits, RateLimit, type RateLimits } from './index.ts'

function limits(): RateLimits {
  const made = createRateLimits()
  onTestFinished(() => made.close())
  return made
}

const hourly = (tokens: number) => ({ rate: { tokens, perMs: 3_600_000 } })

describe('a rate', () => {
  test('lets its burst through, and no more than flows in afterwards', async () => {
    const limit = limits().for('api', { rate: { tokens: 40, perMs: 1_000, burst: 20 } })
    const startedMs = performance.now()
    await Promise.all(Array.from({ length: 60 }, () => limit.run(() => undefined)))
    // 20 at once, then 10 every 250 ms.
    expect(performance.now() - startedMs).toBeGreaterThan(950)
  })

  test('never lets more than burst and inflow start in any stretch of time', async () => {
    const limit = limits().for('api', { rate: { tokens: 100, perMs: 1_000, burst: 30 } })
    const starts: number[] = []
    const callers = Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 6; i++) await limit.run(() => void starts.push(performance.now()))
    })
    await Promise.all(callers)
    expect(starts).toHaveLength(120)
    for (let first = 0; first < starts.length; first++) {
      for (let last = first; last < starts.length; last += 7) {
        const steps = Math.floor((starts[last]! - starts[first]!) / 250) + 2
        expect(last - first + 1).toBeLessThanOrEqual(30 + steps * 25)
      }
    }
  })

  test('of several windows the tightest binds', async () => {
    const limit = limits().for('api', { rate: [hourly(5).rate, { tokens: 3, perMs: 250 }] })
    const done: number[] = []
    const runs = Array.from({ length: 6 }, (_, i) => limit.run(() => done.push(i)).catch(() => undefined))
    await Promise.all(runs.slice(0, 5))
    expect(done).toEqual([0, 1, 2, 3, 4])
  })

  test('a call that gives up while it waits costs nothing', async () => {
    const limit = limits().for('api', { rate: { tokens: 4, perMs: 1_000 } })
    const stop = new AbortController()
    await Promise.all(Array.from({ length: 4 }, () => limit.run(() => undefined)))
    const given = Array.from({ length: 50 }, () => limit.run(() => 'ran', { signal: stop.signal }))
    const told = Promise.allSettled(given)
    stop.abort(new Error('enough'))
    expect((await told).every((one) => one.status === 'rejected' && one.reason.message === 'enough')).toBe(true)
    const startedMs = performance.now()
    await limit.run(() => undefined)
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })
})

describe('a cap', () => {
  test('lets so many run at once, first come first served', async () => {
    const limit = limits().for('api', { concurrencyMax: 3 })
    let [running, most] = [0, 0]
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        limit.run(async () => {
          order.push(i)
          most = Math.max(most, ++running)
          await new Promise((resolve) => setTimeout(resolve, 2))
          running--
        }),
      ),
    )
    expect(most).toBe(3)
    expect(order).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  test('a call that throws frees its place, and so does one that gave up', async () => {
    const limit = limits().for('api', { concurrencyMax: 1 })
    await expect(limit.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    const held = gate()
    const first = limit.run(() => held.opened)
    const waiting = limit.run(() => 'never', { signal: AbortSignal.timeout(20) })
    expect((await failure(waiting)) instanceof DOMException).toBe(true)
    held.open()
    await first
    expect(await limit.run(() => 'next')).toBe('next')
  })
})

describe('inside a job', () => {
  test('a call runs in its own job and in its own async context', async () => {
    const limit = limits().for('api', { rate: { tokens: 1_000, perMs: 1_000 }, concurrencyMax: 5 })
    const own = new AsyncLocalStorage<number>()
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const fiber = fiberOf()
        return own.run(i, () =>
          inside(fiber, () => limit.run(() => [own.getStore() === i, storage.getStore()?.fiber === fiber])),
        )
      }),
    )
    expect(seen).toEqual(Array.from({ length: 20 }, () => [true, true]))
  })

  test('a job that is told to stop waits no longer; no signal was made for it', async () => {
    const limit = limits().for('api', hourly(1))
    await limit.run(() => undefined)
    const fiber = fiberOf()
    const waiting = failure(inside(fiber, () => limit.run(() => 'ran')))
    await until(() => fiber.calls.size === 1)
    expect([...fiber.calls].map(({ what }) => what)).toEqual(['a turn at the limit api'])
    const reason = new FiberWorkError('FW_HANDLER_TIMEOUT', 'took too long')
    fiber.abort('timeout', reason)
    expect(await waiting).toBe(reason)
    expect(fiber.calls.size).toBe(0)
    expect(await failure(inside(fiber, () => limit.run(() => 'ran')))).toBe(reason)
  })

  test('a call that outlives its job never runs', async () => {
    const limit = limits().for('api', { concurrencyMax: 1 })
    const held = gate()
    const holding = limit.run(() => held.opened)
    const fiber = fiberOf()
    let ran = false
    const waiting = failure(inside(fiber, () => limit.run(() => (ran = true))))
    await until(() => fiber.calls.size === 1)
    fiber.settle()
    expect(await waiting).toMatchObject({ code: 'FW_JOB_SETTLED' })
    held.open()
    await holding
    expect(ran).toBe(false)
    expect(await failure(inside(fiber, () => limit.run(() => 1)))).toMatchObject({ code: 'FW_JOB_SETTLED' })
  })

  test('a handler uses the door of the package', async () => {
    RateLimit.for('of-the-process', { rate: { tokens: 50, perMs: 250 } })
    onTestFinished(() => RateLimit.close())
    const job = defineJob('call', { input: unchecked<number>() }, (n, { id }) =>
      RateLimit.for('of-the-process').run(() => ({ n, same: storage.getStore()?.fiber?.loan.job.id === id })),
    )
    const { client } = await working([job])
    const sent = await client.enqueueMany(job, [1, 2, 3])
    expect(await Promise.all(sent.map((one) => one.result()))).toEqual([1, 2, 3].map((n) => ({ n, same: true })))
  })
})

describe('a limit', () => {
  test('says when a turn did not come in time', async () => {
    const limit = limits().for('api', { ...hourly(1), waitMsMax: 30 })
    await limit.run(() => undefined)
    expect(await failure(limit.run(() => undefined))).toMatchObject({ code: 'FW_LIMIT_TIMEOUT', retryable: true })
  })

  test('tells how long each call waited', async () => {
    const waited = heard('limit.waited')
    const limit = limits().for('api', { ...hourly(1), waitMsMax: 40 })
    const fiber = fiberOf()
    await inside(fiber, () => limit.run(() => undefined))
    await failure(limit.run(() => undefined))
    expect(waited).toMatchObject([
      { job: fiber.loan.job.id, limit: 'api', error: undefined },
      { job: undefined, limit: 'api', error: { code: 'FW_LIMIT_TIMEOUT' } },
    ])
    expect(waited[1]!.waitedMs).toBeGreaterThan(35)
  })

  test('is declared once; the same again is the same', async () => {
    const made = limits()
    const first = made.for('api', hourly(1))
    await first.run(() => undefined)
    await expect(made.for('api', { ...hourly(1) }).run(() => 1, { signal: AbortSignal.timeout(20) })).rejects.toThrow()
    expect(() => made.for('api', hourly(2))).toThrow(/declared twice/)
    expect(() => made.for('other')).toThrow(/No limit "other" is declared/)
  })

  test.each([
    ['a b', hourly(1), 'FW_NAME_INVALID'],
    ['{x}', hourly(1), 'FW_NAME_INVALID'],
    ['a', {}, 'FW_CONFIG_INVALID'],
    ['a', { rate: [] }, 'FW_CONFIG_INVALID'],
    ['a', { rate: { tokens: 0.5, perMs: 1_000 } }, 'FW_CONFIG_INVALID'],
    ['a', { rate: { tokens: 1 } }, 'FW_CONFIG_INVALID'],
    ['a', { concurrencyMax: 0 }, 'FW_CONFIG_INVALID'],
    ['a', { rates: [] }, 'FW_CONFIG_INVALID'],
    ['a', { ...hourly(1), redis: 'redis+cluster://a:1,b:2' }, 'FW_CONFIG_INVALID'],
  ])('%s with %j is refused', (name, options, code) => {
    expect(() => limits().for(name, options as never)).toThrow(expect.objectContaining({ code }))
  })

  test('can be used again after close', async () => {
    const made = limits()
    const limit = made.for('api', { rate: { tokens: 5, perMs: 1_000 } })
    expect(await limit.run(() => 1)).toBe(1)
    await made.close()
    expect(await limit.run(() => 2)).toBe(2)
  })
})
