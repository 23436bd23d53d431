import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ContextProbeOptions } from '../../contract/context-probe.ts'
import { defineContextProbe } from './define.ts'
import { reportOn } from './report.ts'

/** One connection that answers one request after the other, in the context in which it was made, as sockets do. */
class Line {
  readonly #asked: (() => void)[] = []
  readonly #turning = setInterval(() => this.#asked.shift()?.(), 1)
  ask(answer: () => void): void {
    this.#asked.push(answer)
  }
  end(): void {
    clearInterval(this.#turning)
  }
}

/** The first who asks turns the crank for all who ask meanwhile. */
class Crank {
  #waiting: (() => void)[] = []
  ask(answer: () => void): void {
    if (this.#waiting.push(answer) > 1) return
    setTimeout(() => {
      const all = this.#waiting
      this.#waiting = []
      for (const one of all) one()
    }, 1)
  }
}

const options = { jobs: 10, deadlineMs: 10_000 }

async function look<C>(probe: ContextProbeOptions<C>, more: Partial<typeof options> = {}) {
  const client = defineContextProbe('mine', probe)
  const report = await reportOn({ name: 'mine', client, url: undefined, asked: true }, '/', { ...options, ...more })
  return report!
}

const verdicts = ({ ways = [] }: Awaited<ReturnType<typeof look>>) =>
  Object.fromEntries(ways.map(({ style, verdict, state }) => [style, [verdict, state]]))

const line = { open: () => new Line(), close: (client: Line) => client.end() }

describe('a client of one’s own', () => {
  it('keeps its job where it is awaited, and loses it in a callback of its socket', async () => {
    const asked = (client: Line) => new Promise<void>((resolve) => client.ask(resolve))
    const report = await look<Line>({
      ...line,
      promise: asked,
      pooled: asked,
      callback: (client, done) => client.ask(done),
      async *stream(client) {
        yield await asked(client)
      },
    })
    expect(verdicts(report)).toEqual({
      promise: ['kept', 'ok'],
      then: ['kept', 'ok'],
      pooled: ['kept', 'ok'],
      callback: ['lost', 'warn'],
      stream: ['kept', 'ok'],
    })
    expect(report).toMatchObject({ state: 'warn', opened: { direct: { held: 4, of: 4 }, outside: { held: 0, of: 4 } } })
    expect(report.ways?.[3]).toMatchObject({
      kept: 0,
      lost: 10,
      bled: 0,
      of: 10,
      advice: expect.stringContaining('bind(') as string,
    })
  })

  it('bleeds where the first one turns the crank for all, and fails the check', async () => {
    const report = await look<Crank>({ open: () => new Crank(), callback: (client, done) => client.ask(done) })
    expect(report.ways).toMatchObject([{ verdict: 'bleeds', kept: 1, bled: 9, lost: 0, state: 'fail' }])
    expect(report.state).toBe('fail')
  })

  it('tells a shared listener from one’s own', async () => {
    const open = () => new EventEmitter().setMaxListeners(0)
    const shared = await look<EventEmitter>({
      open,
      event: (client, heard) => void (client.once('tick', heard), setTimeout(() => client.emit('tick'), 1)),
    })
    expect(verdicts(shared)).toEqual({ event: ['bleeds', 'fail'] })
    const own = await look<EventEmitter>({
      open,
      event: (_, heard) => void new EventEmitter().once('tick', heard).emit('tick'),
    })
    expect(verdicts(own)).toEqual({ event: ['kept', 'ok'] })
  })

  it('finds a then of its own that runs elsewhere, where await would not notice', async () => {
    const thenable = (client: Line) => ({ then: (run: () => void) => client.ask(run) }) as unknown as PromiseLike<void>
    expect(verdicts(await look<Line>({ ...line, promise: thenable }))).toEqual({
      promise: ['kept', 'ok'],
      then: ['lost', 'warn'],
    })
  })

  it.each<[string, ContextProbeOptions<unknown>, string]>([
    [
      'cannot be reached',
      { open: () => Promise.reject(new Error('refused by redis://a:secret@b')) },
      'refused by redis://a:***@b',
    ],
    ['never opens', { open: () => new Promise(() => {}) }, 'it did not open within 50 ms'],
    [
      'throws while it opens',
      {
        open: () => {
          throw new Error('no')
        },
      },
      'no',
    ],
  ])('one that %s is told, and nothing crashes', async (_, probe, error) => {
    const report = await look({ ...probe, promise: async () => {} }, { deadlineMs: 50 })
    expect(report).toMatchObject({ state: 'fail', ways: [], error })
  })

  it.each<[string, Partial<ContextProbeOptions<undefined>>, string]>([
    ['rejects', { promise: () => Promise.reject(new Error('no table')) }, 'no table'],
    [
      'throws',
      {
        callback: () => {
          throw new Error('no table')
        },
      },
      'no table',
    ],
    ['answers an error', { callback: (_, done) => done(new Error('no table')) }, 'no table'],
    ['never answers', { callback: () => {} }, '0 of 10 calls came to an end within 50 ms'],
  ])('a call that %s has failed', async (_, style, error) => {
    const report = await look({ open: () => undefined, ...style }, { deadlineMs: 50 })
    expect(report.ways?.[0]).toMatchObject({ verdict: 'failed', error })
    expect(report.state).not.toBe('ok')
  })

  it('is closed, also when it does not want to', async () => {
    const closed: string[] = []
    await look({ open: () => 'a', close: (client) => closed.push(client), promise: () => sleep(1) })
    expect(closed.length).toBeGreaterThan(0)
    await look({ open: () => 'a', close: () => new Promise(() => {}), promise: () => sleep(1) }, { deadlineMs: 20 })
    await look({ open: () => 'a', close: () => Promise.reject(new Error('no')), promise: () => sleep(1) })
  })
})

describe('defineContextProbe', () => {
  const open = () => 1
  it.each<[unknown, unknown, RegExp]>([
    ['', { open, promise: open }, /`name` is ""/],
    [5, { open, promise: open }, /`name` is 5/],
    ['mine', undefined, /no options/],
    ['mine', { promise: open }, /needs `open`/],
    ['mine', { open }, /needs one of promise/],
    ['mine', { open, promise: 5 }, /`promise` of "mine" is no function/],
    ['mine', { open, promises: open }, /option `promises`; there are open/],
  ])('refuses %o %o', (name, given, says) => {
    expect(() => defineContextProbe(name as string, given as never)).toThrow(says)
    expect(() => defineContextProbe(name as string, given as never)).toThrow(
      expect.objectContaining({ code: 'FW_CONFIG_INVALID' }),
    )
  })
})
