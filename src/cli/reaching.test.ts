import { describe, expect, it } from 'vitest'
import { systemEnv } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { Reaching } from './reaching.ts'

/** Pauses take no time. */
const env = { ...systemEnv, setTimer: (run: () => void) => systemEnv.setTimer(run, 0) }
const url = 'redis://ada:secret@store.example:6379/1?keyPrefix=x'
const away = () => new FiberWorkError('FW_CONNECT_FAILED', 'nobody listens there')
const well = async () => ({ ok: true, ready: true, reasons: ['the worker is starting'], workers: [] })

function reaching() {
  const lines: string[] = []
  return {
    lines,
    one: new Reaching(env, url, { line: (_, text) => lines.push(text), say: (text) => lines.push(text) }),
  }
}

describe('a store that is away', () => {
  it('is asked for until it is there; the log hears of it once, and health all the time', async () => {
    const { one, lines } = reaching()
    const health = one.over(well)
    expect(await health()).toMatchObject({
      ok: true,
      ready: false,
      reasons: [/is not reached yet/, /starting/].map(says),
    })
    let tries = 0
    const reached = await one.reach(async () => {
      if (tries > 0) {
        expect(one.away).toBe('the store redis://store.example:6379/1 cannot be reached: nobody listens there')
        expect(await health()).toMatchObject({ ok: false, ready: false, reasons: [one.away, 'the worker is starting'] })
      }
      if (++tries < 20) throw away()
      return 'here'
    })
    expect([reached, tries, one.away]).toEqual(['here', 20, undefined])
    expect(lines).toEqual([
      says(/store\.example:6379\/1 cannot be reached yet.*nobody listens/),
      says(/is reached, after/),
    ])
    expect(await health()).toEqual(await well())
  })

  it('is told of once where the worker says the same', async () => {
    const { one } = reaching()
    const trying = one.reach(async () => Promise.reject(away()))
    trying.catch(() => {})
    await expect.poll(() => one.away).toBeDefined()
    expect((await one.over(async () => ({ ...(await well()), reasons: [one.away!] }))()).reasons).toEqual([one.away])
    one.giveUp()
    await expect(trying).rejects.toThrow('nobody listens there')
  })

  it('is not waited for when another has the place still', async () => {
    await expect(reaching().one.reach(async () => Promise.reject(away()), false)).rejects.toThrow(
      'nobody listens there',
    )
  })
})

it.each([
  new FiberWorkError('FW_CONNECT_FAILED', 'the password is wrong', { retryable: false }),
  new FiberWorkError('FW_STORE_NEWER', 'format 9'),
  new FiberWorkError('FW_DRIVER_MISSING', 'npm install ioredis'),
  new TypeError('ours'),
])('%o is no store that is away', async (error) => {
  const { one, lines } = reaching()
  await expect(one.reach(async () => Promise.reject(error))).rejects.toBe(error)
  expect(lines).toEqual([])
})

function says(what: RegExp): unknown {
  return expect.stringMatching(what)
}
