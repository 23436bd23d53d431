import { describe, expect, it } from 'vitest'
import { HttpStatusError } from '../../facades/http/index.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { UpstreamFrozenError } from '../contract/upstream.ts'
import { GiveUp, RetryIn, Snooze } from '../job/control.ts'
import { carry, revive } from './carry.ts'

/** To another thread and into an error there. */
const sent = <T>(thrown: T): T => revive(structuredClone(carry(thrown))) as T

describe('an error on its way between threads', () => {
  it.each([
    new Snooze(5, 'a nap'),
    new RetryIn(6, 'again', { cause: new Error('why') }),
    new GiveUp('no hope'),
    new UpstreamFrozenError('https://a.example', 1_000, 2_000),
    new FiberWorkError('FW_CALL_TIMEOUT', 'slow', { retryable: false }),
    new TypeError('wrong', { cause: 'text' }),
    new AggregateError([new Error('one')], 'several'),
    Object.assign(new Error('no route'), { code: 'EHOSTUNREACH', errno: -113, address: '10.0.0.1' }),
  ])('%s arrives as it was', (error) => {
    const { constructor } = error instanceof AggregateError ? Error.prototype : error
    const arrived = sent(error)
    expect(arrived).toBeInstanceOf(constructor)
    expect({ ...arrived, name: arrived.name, message: arrived.message, stack: arrived.stack }).toEqual({
      ...error,
      name: error.name,
      message: error.message,
      stack: error.stack,
    })
    expect(String(arrived.cause)).toBe(String(error.cause))
  })

  it('keeps what a subclass of ours has to say, and a class of the user’s by name', () => {
    class Own extends RangeError {
      override readonly name = 'Own'
      readonly call = () => {}
      readonly seen = new Map([['a', 1]])
    }
    const own = sent(new Own('too much'))
    expect(own).toBeInstanceOf(Error)
    expect([own.name, own.message, own.seen, 'call' in own]).toEqual(['Own', 'too much', new Map([['a', 1]]), false])
    const status = Object.create(HttpStatusError.prototype, {
      ...Object.getOwnPropertyDescriptors(new FiberWorkError('FW_HTTP_STATUS', 'it said 503')),
      status: { value: 503, enumerable: true },
    }) as HttpStatusError
    expect(sent(status)).toMatchObject({ code: 'FW_HTTP_STATUS', message: 'it said 503', status: 503 })
  })

  it('is bounded, and never fails itself', () => {
    let deep = new Error('0')
    for (let depth = 1; depth < 50; depth++) deep = new Error(String(depth), { cause: deep })
    let depth = 0
    for (let at: unknown = sent(deep); at instanceof Error; at = at.cause) depth++
    expect(depth).toBe(5)
    const hostile = Object.defineProperty(new Error('x'), 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('caught you')
      },
    })
    for (const thrown of [hostile, Symbol('s'), () => {}, { run: () => {} }, new Proxy(new Error('y'), {})]) {
      expect(() => sent(thrown)).not.toThrow()
    }
    expect(sent(null)).toBeNull()
    expect(sent({ plain: [1] })).toEqual({ plain: [1] })
  })
})
