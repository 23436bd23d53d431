import { describe, expect, it } from 'vitest'
import { cut, engineOn, state, stored, sweptAway, wrap } from '../../test/support/engine.ts'
import { gate, heard, until } from '../../test/support/work.ts'
import { systemEnv } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { defineJob } from '../index.ts'

describe('settle', () => {
  it('a reply that is cut off is asked for again under its call id: nothing is settled twice, nothing is stale', async () => {
    const stale = heard('job.stale')
    const recovered = heard('store.recovered')
    let cuts = 0
    const calls: unknown[] = []
    const { engine, client } = await engineOn([defineJob('work', {}, () => 1)], (driver) =>
      wrap(driver, 'settle', async (settle, args) => {
        calls.push(args[0])
        const answer = await settle(...args)
        if (cuts++ < 2) throw cut()
        return answer
      }),
    )
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    await until(async () => (await state(client, 'a')) === 'done' && engine.settler.pending === 0)
    expect(calls).toEqual([calls[0], calls[0], calls[0]])
    expect(recovered).toMatchObject([{ verb: 'settle', tries: 3 }])
    expect(stale).toEqual([])
  })

  it('a verdict after the loan was taken back is stale, told, and changes nothing', async () => {
    const stale = heard('job.stale')
    const held = gate()
    const { engine, client } = await engineOn([defineJob('work', {}, () => held.opened)], (driver) => {
      // It hears nothing of its session's end: the settle is the first to find out.
      wrap(driver, 'beat', () => new Promise(() => {}))
      wrap(driver, 'reserve', (reserve, args) => reserve(...args).catch(() => new Promise(() => {})))
    })
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    await until(() => engine.roster.size === 1)
    await sweptAway(client, 'a')
    held.open()
    await until(() => stale.length === 1)
    expect(stale).toMatchObject([{ id: 'a', verdict: 'done' }])
    expect((await client.inspector!.find(['a']))[0]).toMatchObject({ crashes: 1, attempts: 0, state: 'ready' })
  })

  it('one that cannot be written in time is given back by reconciling, and runs again', async () => {
    let broken = true
    let runs = 0
    const reconciled = heard('worker.reconciled')
    const { engine, client } = await engineOn(
      [defineJob('work', {}, () => void runs++)],
      (driver) =>
        wrap(driver, 'settle', (settle, args) => {
          if (broken) throw new FiberWorkError('FW_STORE_FAILED', 'for good', { retryable: false })
          return settle(...args)
        }),
      { leaseMs: 5_000 },
    )
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    await until(() => runs === 1 && engine.settler.pending === 0)
    broken = false
    await until(async () => (await state(client, 'a')) === 'done')
    expect(runs).toBe(2)
    expect(reconciled).toMatchObject([{ released: 1, revoked: 0 }])
  })

  it('follow-ups go first where the store cannot take them with the verdict', async () => {
    const child = defineJob('child', {}, () => 1)
    const order: string[] = []
    const { client } = await engineOn(
      [child, defineJob('work', {}, async (_, job) => void (await job.enqueue(child)))],
      (driver) => {
        Object.defineProperty(driver, 'traits', { value: { ...driver.traits, followUps: 'none' } })
        wrap(driver, 'enqueue', (enqueue, args) => (order.push('enqueue'), enqueue(...args)))
        wrap(driver, 'settle', (settle, args) => (order.push('settle'), settle(...args)))
      },
    )
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    await until(async () => (await client.depth(['default']))[0]!.done === 2)
    expect(order.slice(0, 2)).toEqual(['enqueue', 'settle'])
  })
})

describe('sweep', () => {
  it('takes back what a dead session held, all of it, in bounded calls', async () => {
    const swept = heard('worker.swept')
    const { engine, client } = await engineOn([defineJob('work', {}, () => 1)], (driver) =>
      wrap(driver, 'sweep', (sweep, [limit]) => sweep(Math.min(limit, 2))),
    )
    engine.pause()
    await client.enqueue(
      { lane: 0, seq: 1 },
      ['a', 'b', 'c', 'd', 'e'].map((id) => stored(id)),
    )
    const want = { demand: [{ queue: 'default', limit: 5 }], limit: 5, waitMs: 0, signal: new AbortController().signal }
    await until(async () => (await client.reserve({ lane: 0, seq: 2 }, want)).jobs.length === 5)
    await until(() => swept.reduce((sum, { taken }) => sum + taken, 0) === 5)
    engine.resume()
    await until(async () => (await client.depth(['default']))[0]!.done === 5)
    expect(swept.every(({ taken }) => taken <= 2)).toBe(true)
  })

  it('comes every second or so, however long the lease is', async () => {
    let calls = 0
    const tenTimesFaster = {
      ...systemEnv,
      setTimer: (run: () => void, delayMs: number, kind?: 'idle') => systemEnv.setTimer(run, delayMs / 10, kind),
    }
    const count = (driver: Driver) => wrap(driver, 'sweep', (sweep, args) => (calls++, sweep(...args)))
    await engineOn([defineJob('work', {}, () => 1)], count, { leaseMs: 3_600_000 }, tenTimesFaster)
    await until(() => calls > 3)
  })

  it('goes on after a failure', async () => {
    let calls = 0
    const failed = heard('store.failed')
    await engineOn(
      [defineJob('work', {}, () => 1)],
      (driver) =>
        wrap(driver, 'sweep', (sweep, args) => {
          if (++calls === 1) throw cut()
          return sweep(...args)
        }),
      { leaseMs: 40 },
    )
    await until(() => calls > 2)
    expect(failed).toMatchObject([{ verb: 'sweep', givenUp: false }])
  })

  it('ends with its worker, also while the store is silent', async () => {
    const { engine } = await engineOn([defineJob('work', {}, () => 1)], (driver) =>
      wrap(driver, 'sweep', () => new Promise(() => {})),
    )
    await engine.stop('test')
    expect(engine.state).toBe('stopped')
  })
})

describe('shutdown', () => {
  it('a store that refuses to be left is told of, and does not hold it up', async () => {
    const failed = heard('store.failed')
    const { engine } = await engineOn([defineJob('work', {}, () => 1)], (driver) =>
      wrap(driver, 'close', () => {
        throw cut()
      }),
    )
    await engine.stop('test')
    expect(failed).toMatchObject([{ verb: 'close', givenUp: true }])
  })

  it('what was reserved and has not started is given back', async () => {
    let stopped: Promise<number> | undefined
    const job = defineJob('work', {}, () => {
      // While the first few start, all the others stand in line.
      stopped ??= engine.stop('test', 0)
      return new Promise(() => {})
    })
    const { engine, client } = await engineOn([job], undefined, { startSliceMs: 0 })
    await client.enqueue(
      { lane: 0, seq: 1 },
      Array.from({ length: 100 }, (_, n) => stored(`j${n}`)),
    )
    await until(() => stopped !== undefined)
    expect(await stopped).toBe(100)
    expect((await client.depth(['default']))[0]).toMatchObject({ ready: 100, running: 0 })
  })
})
