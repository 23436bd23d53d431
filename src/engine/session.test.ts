import { describe, expect, it } from 'vitest'
import { cut, engineOn, state, stored, sweptAway, wrap } from '../../test/support/engine.ts'
import { gate, heard, until } from '../../test/support/work.ts'
import type { Driver } from '../contract/driver.ts'
import { defineJob } from '../index.ts'

describe('the session', () => {
  it('that was taken back aborts every fiber, and a new one goes on', async () => {
    const revoked = heard('worker.revoked')
    const reasons: unknown[] = []
    let silent = true
    let runs = 0
    const job = defineJob('work', {}, (_, { signal }) => {
      if (++runs > 1) return 'second'
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => (reasons.push(signal.reason), reject(signal.reason as Error))),
      )
    })
    const { engine, client } = await engineOn([job], (driver) =>
      wrap(driver, 'beat', (beat, args) => (silent ? Promise.reject(cut()) : beat(...args))),
    )
    const first = engine.session
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    await until(() => engine.roster.size === 1)
    await sweptAway(client, 'a')
    silent = false
    await until(async () => (await state(client, 'a')) === 'done')
    expect(reasons).toMatchObject([{ code: 'FW_LEASE_REVOKED' }])
    expect(revoked).toMatchObject([{ worker: first, running: 1 }])
    expect(engine.session).not.toBe(first)
  })

  it('that nobody could renew starts nothing, until the store answers again', async () => {
    let silent = true
    let runs = 0
    const { engine, client } = await engineOn(
      [defineJob('work', {}, () => void runs++)],
      (driver) => {
        wrap(driver, 'beat', (beat, args) => (silent ? Promise.reject(cut()) : beat(...args)))
        wrap(driver, 'sweep', () => Promise.reject(cut()))
      },
      { leaseMs: 60 },
    )
    await until(() => engine.allowed === 0)
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a'), stored('b')])
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(runs).toBe(0)
    silent = false
    await until(() => runs === 2)
  })

  it('a loan that the store does not know any more is stopped', async () => {
    const reasons: unknown[] = []
    let lie = false
    const job = defineJob(
      'work',
      { attempts: 1 },
      (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => (reasons.push(signal.reason), reject(signal.reason as Error))),
        ),
    )
    const { engine, client } = await engineOn(
      [job],
      (driver) => {
        wrap(driver, 'beat', async (beat, args) => ({ ...((await beat(...args)) as object), ...(lie && { held: 7 }) }))
        wrap(driver, 'reconcile', async (_reconcile, [known]) => ({ released: 0, revoked: known }))
      },
      { leaseMs: 5_000 },
    )
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    await until(() => engine.roster.size === 1)
    lie = true
    await until(() => reasons.length === 1)
    expect(reasons).toMatchObject([{ code: 'FW_LEASE_REVOKED' }])
  })
})

describe('load', () => {
  it('a late loop or short memory lets nothing more start, until it is over', async () => {
    const cuts = heard('worker.cut')
    let load = { loop: 0, memory: 0 }
    const held = gate()
    const { engine, client } = await engineOn([defineJob('work', {}, () => held.opened)], undefined, {
      load: { loopDelayMs: () => load.loop, memoryUsed: () => load.memory },
    })
    load = { loop: 400, memory: 0 }
    await until(() => engine.cutBy === 'loop')
    await client.enqueue(
      { lane: 0, seq: 1 },
      Array.from({ length: 50 }, (_, n) => stored(`j${n}`)),
    )
    await until(() => engine.roster.size === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(engine.allowed).toBe(1)
    load = { loop: 150, memory: 0.9 }
    await until(() => engine.cutBy === 'memory')
    load = { loop: 0, memory: 0.5 }
    await until(() => engine.roster.size === 50)
    expect(cuts.map(({ by }) => by)).toEqual(['loop', 'memory', undefined])
    held.open()
  })
})

describe('suspects', () => {
  it('run on probation, and the one that dies alone is quarantined', async () => {
    const { client } = await engineOn([defineJob('work', {}, () => 1)], (driver) =>
      wrap(driver, 'reserve', async (reserve, args) => {
        const reserved = (await reserve(...args)) as Awaited<ReturnType<Driver['reserve']>>
        const crashes: Record<string, number> = { poison: 4, alone: 3, twice: 2, once: 1 }
        return { ...reserved, jobs: reserved.jobs.map((loan) => ({ ...loan, crashes: crashes[loan.job.id] ?? 0 })) }
      }),
    )
    await client.enqueue(
      { lane: 0, seq: 1 },
      ['clean', 'once', 'twice', 'alone', 'poison'].map((id) => stored(id)),
    )
    await until(async () => (await client.depth(['default']))[0]!.done === 4)
    expect((await client.inspector!.find(['poison']))[0]).toMatchObject({
      state: 'quarantined',
      error: expect.stringContaining('FW_SUSPECT') as string,
    })
  })
})

it('a broken body is told, and does not hold up the rest', async () => {
  const broken = heard('job.broken')
  let once = true
  const { client } = await engineOn([defineJob('work', {}, () => 1)], (driver) =>
    wrap(driver, 'reserve', async (reserve, args) => {
      const reserved = (await reserve(...args)) as Awaited<ReturnType<Driver['reserve']>>
      if (!once || reserved.jobs.length === 0) return reserved
      once = false
      return { ...reserved, broken: ['gone'] }
    }),
  )
  await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
  await until(async () => (await state(client, 'a')) === 'done')
  expect(broken).toMatchObject([{ id: 'gone' }])
})
