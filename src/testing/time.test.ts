import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { defineJob, defineQueue, RetryIn } from '../index.ts'
import { FakeClock, runJob, testClient } from '../testing.ts'

/** Long enough to be missed. */
const hour = 600_000
const start = Date.UTC(2030, 0, 1)

describe('FakeClock', () => {
  it('runs what is due, in order, and lets each cause what it causes', async () => {
    const clock = new FakeClock(start)
    const told: string[] = []
    const at = (ms: number, what: string) => clock.setTimer(() => void told.push(`${what} ${clock.monoMs()}`), ms)
    at(20, 'b')
    at(10, 'a')
    clock.clearTimer(at(15, 'never'))
    clock.setTimer(() => setImmediate(() => at(5, 'c')), 10)
    await clock.advance(19)
    expect(told).toEqual(['a 10', 'c 15'])
    await Promise.all([clock.advance(1), clock.advance(1)])
    expect([told.at(-1), clock.nowMs(), clock.pending]).toEqual(['b 20', start + 21, 0])
  })

  it('refuses to go back, or nowhere', async () => {
    const clock = new FakeClock(new Date(start))
    await expect(clock.advance(-1)).rejects.toThrow('≥ 0')
    await expect(clock.advance(Number.NaN)).rejects.toThrow('≥ 0')
    expect(() => clock.skip(-1)).toThrow('≥ 0')
    expect(() => new FakeClock(new Date('no date'))).toThrow('not at')
    clock.setTimer(() => {
      throw new Error('in a timer')
    }, 1)
    await expect(clock.advance(1)).rejects.toThrow('in a timer')
    await clock.advance(1)
  })
})

describe('runJob in fake time', () => {
  it('sleeps for hours in no time, by whatever timer, and tells the date that it is then', async () => {
    const handler = defineJob('sleeper', { timeoutMs: 24 * hour }, async () => {
      const from = Date.now()
      await sleep(hour)
      await promisify(setTimeout)(hour)
      await new Promise<void>((resolve) => setTimeout(() => resolve(), hour))
      let ticks = 0
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => ++ticks === 3 && (clearInterval(timer), resolve()), hour)
      })
      await new Promise<void>((resolve) => AbortSignal.timeout(hour).addEventListener('abort', () => resolve()))
      await sleep(hour, 'never', { signal: AbortSignal.timeout(1) }).catch((error: Error) =>
        expect(error.name).toBe('AbortError'),
      )
      const never = setTimeout(() => ticks++, hour)
      clearTimeout(never.unref())
      return [Date.now() - from, new Date().getTime() - from, new Date(0).getTime(), new Date() instanceof Date, ticks]
    })
    const ran = await runJob(handler, undefined, { time: 'fake' })
    expect(ran).toMatchObject({ state: 'done', result: [7 * hour + 1, 7 * hour + 1, 0, true, 3] })
  })

  it('times out, and tells what is left', async () => {
    const left: (number | undefined)[] = []
    const handler = defineJob('hangs', { attempts: 2, timeoutMs: hour }, async (_, job) => {
      left.push(job.remainingMs())
      await sleep(hour / 4)
      left.push(job.remainingMs())
      await new Promise((_resolve, reject) => job.signal.addEventListener('abort', () => reject(job.signal.reason)))
    })
    const options = { time: 'fake', backoff: { kind: 'fixed', baseMs: hour, jitter: 'none' } } as const
    const ran = await runJob(
      defineJob('hangs', { ...handler.options, backoff: options.backoff }, handler.run),
      undefined,
      { time: 'fake' },
    )
    expect(left).toEqual([hour, (hour * 3) / 4])
    expect(ran).toMatchObject({ state: 'delayed', error: { code: 'FW_HANDLER_TIMEOUT' }, dueInMs: hour })
  })

  it('goes on when the test says so', async () => {
    const clock = new FakeClock(start)
    const told: string[] = []
    const handler = defineJob('steps', {}, async () => {
      for (const name of ['a', 'b']) {
        await sleep(60_000)
        told.push(`${name} ${new Date().toISOString()}`)
      }
      throw new RetryIn(5_000)
    })
    const running = runJob(handler, undefined, { time: clock })
    await clock.advance(59_999)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual(['a 2030-01-01T00:01:00.000Z'])
    await clock.advance(hour)
    expect(await running).toMatchObject({ state: 'delayed', dueInMs: 5_000 })
  })

  it('is cancelled at that time', async () => {
    const handler = defineJob('waits', {}, async (_, job) => {
      await sleep(hour, undefined, { signal: job.signal })
    })
    expect(await runJob(handler, undefined, { time: 'fake', cancelAfterMs: 60_000 })).toMatchObject({
      state: 'cancelled',
    })
  })

  it('waits for files meanwhile, and leaves everybody else’s time alone', async () => {
    const { setTimeout: before } = globalThis
    const from = Date.now()
    const handler = defineJob('reads', {}, async () => (await readFile(import.meta.filename, 'utf8')).length)
    const [ran] = await Promise.all([
      runJob(handler, undefined, { time: 'fake' }),
      runJob(
        defineJob('real', {}, async () => (await sleep(20), Date.now() - from)),
        undefined,
      ),
      sleep(5).then(() => expect(Date.now() - from).toBeGreaterThan(3)),
    ])
    expect(ran.result).toBeGreaterThan(100)
    expect(globalThis.setTimeout).toBe(before)
    expect(Date.now).toBe(Date.now)
  })
})

describe('testClient in fake time', () => {
  it('drains rates, sleeps, timeouts and days of retries in no time', async () => {
    const slow = defineQueue('slow', { rate: { tokens: 1, perMs: hour } })
    const times: number[] = []
    const job = defineJob(
      'slow',
      { queue: slow, attempts: 3, backoff: { kind: 'fixed', baseMs: 3 * hour, jitter: 'none' } },
      async (_, { attempt }) => {
        times.push(Date.now())
        await sleep(60_000)
        if (attempt < 2) throw new Error('not yet')
        return attempt
      },
    )
    await using client = await testClient([job], { time: new FakeClock(start) })
    const sent = await client.enqueueMany(job, [undefined, undefined])
    expect(await client.drain()).toMatchObject({ attempts: 2, retried: 2 })
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(hour - 60_000)
    expect(await client.drain({ delays: true })).toMatchObject({ attempts: 2, done: 2 })
    expect(await Promise.all(sent.map((one) => one.result()))).toEqual([2, 2])
    expect(await client.job(sent[0]!.id).result()).toBe(2)
    expect(times.at(-1)! - start).toBeGreaterThanOrEqual(4 * hour)
  })

  it('a result that never comes is missed in no time', async () => {
    await using client = await testClient([], { time: 'fake' })
    const sent = await client.enqueue(defineJob('alone', {}))
    await expect(sent.result()).rejects.toThrow(expect.objectContaining({ code: 'FW_RESULT_TIMEOUT' }))
  })
})
