import { describe, expect, it } from 'vitest'
import type { Call } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { on } from './emit.ts'
import { systemEnv } from './env.ts'
import { Lanes } from './lanes.ts'

const patient = () => ({ verb: 'settle', timeoutMs: 1_000, untilMonoMs: performance.now() + 5_000 })

describe('Lanes', () => {
  it('one open call a lane, and a sequence that rises', async () => {
    const lanes = new Lanes(systemEnv, 2)
    const calls: Call[] = []
    let open = 0
    const call = () =>
      lanes.call(patient(), async (id) => {
        calls.push(id)
        expect(++open).toBeLessThanOrEqual(2)
        await new Promise((resolve) => setImmediate(resolve))
        open--
      })
    await Promise.all(Array.from({ length: 6 }, call))
    for (const lane of [0, 1]) expect(calls.filter((id) => id.lane === lane).map((id) => id.seq)).toEqual([1, 2, 3])
  })

  it('repeats a cut call under the same id, and tells', async () => {
    const lanes = new Lanes(systemEnv, 1)
    const seen: Call[] = []
    const told: unknown[] = []
    const end = [
      on('store.failed', (event) => told.push(event.tries)),
      on('store.recovered', (event) => told.push(`after ${event.tries}`)),
    ]
    const answer = await lanes.call(patient(), async (id) => {
      seen.push(id)
      if (seen.length < 3) throw new FiberWorkError('FW_STORE_FAILED', 'cut')
      return 'late'
    })
    for (const stop of end) stop()
    expect(answer).toBe('late')
    expect(seen).toEqual([
      { lane: 0, seq: 1 },
      { lane: 0, seq: 1 },
      { lane: 0, seq: 1 },
    ])
    expect(told).toEqual([1, 2, 'after 3'])
  })

  it('repeats a silent call after its time-out', async () => {
    const lanes = new Lanes(systemEnv, 1)
    let tries = 0
    const answer = lanes.call({ ...patient(), timeoutMs: 20 }, () =>
      ++tries === 1 ? new Promise<string>(() => {}) : Promise.resolve('here'),
    )
    expect(await answer).toBe('here')
    expect(tries).toBe(2)
  })

  it('does not repeat what cannot succeed, nor beyond its time', async () => {
    const lanes = new Lanes(systemEnv, 1)
    let tries = 0
    const refuse = (code: 'FW_STORE_READONLY' | 'FW_STORE_FAILED') => async () => {
      tries++
      throw new FiberWorkError(code, 'no')
    }
    await expect(lanes.call(patient(), refuse('FW_STORE_READONLY'))).rejects.toMatchObject({
      code: 'FW_STORE_READONLY',
    })
    expect(tries).toBe(1)
    const short = { ...patient(), untilMonoMs: performance.now() + 60 }
    await expect(lanes.call(short, refuse('FW_STORE_FAILED'))).rejects.toMatchObject({ code: 'FW_STORE_FAILED' })
    expect(tries).toBeGreaterThan(2)
  })

  it('an ended session repeats nothing any more', async () => {
    const lanes = new Lanes(systemEnv, 1)
    const call = lanes.call(patient(), async () => {
      throw new FiberWorkError('FW_STORE_FAILED', 'cut')
    })
    lanes.end(new FiberWorkError('FW_LEASE_REVOKED', 'over'))
    await expect(call).rejects.toMatchObject({ code: 'FW_LEASE_REVOKED' })
    await expect(lanes.call(patient(), async () => 1)).rejects.toMatchObject({ code: 'FW_LEASE_REVOKED' })
  })
})
