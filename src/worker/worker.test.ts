import { describe, expect, it } from 'vitest'
import { engineOn, stored, wrap } from '../../test/support/engine.ts'
import { gate, until, working } from '../../test/support/work.ts'
import { systemEnv } from '../base/env.ts'
import { connect, defineJob, defineQueue, FiberWorkError, type QueueOptions, unchecked } from '../index.ts'
import { healthOf } from './health.ts'
import { ProcessProbe } from './probe.ts'

describe('a snapshot', () => {
  it('tells what runs, what waits, what ended and how', async () => {
    const held = gate()
    const slow = defineJob('slow', {}, async (_, job) => {
      job.progress({ at: 1 })
      await held.opened
    })
    const quick = defineJob('quick', { queue: 'q', attempts: 1, input: unchecked<boolean>() }, (fail) => {
      if (fail) throw new TypeError('no such thing')
    })
    const { client, worker } = await working([slow, quick], { concurrency: 7, beatMs: 10_000 })
    await worker.snapshot()
    await client.enqueue(slow, undefined, { group: 'acme' })
    await Promise.all(
      (await client.enqueueMany(quick, [true, false, false])).map((sent) => sent.result().catch(() => {})),
    )
    const snapshot = await worker.snapshot()
    expect(snapshot).toMatchObject({
      worker: { session: worker.session, state: 'running', url: 'memory:', driver: 'memory', durable: 'none' },
      fibers: { running: 1, waiting: 0, concurrency: 7, allowed: 7 },
      totals: { started: 4, done: 2, dead: 1, retried: 0 },
      runMs: { p50: expect.any(Number) as number },
      waitMs: { p99: expect.any(Number) as number },
      slowest: [{ name: 'slow', queue: 'default', group: 'acme', attempt: 1, progress: '{"at":1}' }],
      failures: [{ name: 'quick', outcome: 'dead', error: 'TypeError: no such thing', attempt: 1 }],
    })
    expect(snapshot.definitions).toMatchObject([
      { name: 'slow', running: 1, done: 0 },
      { name: 'quick', running: 0, done: 2, dead: 1, runMs: { max: expect.any(Number) as number } },
    ])
    expect(snapshot.queues.map(({ queue, done, dead }) => [queue, done, dead])).toEqual([
      ['default', 0, 0],
      ['q', 2, 1],
    ])
    expect(snapshot.memory.rssBytes).toBeGreaterThan(1e7)
    held.open()
  })

  it('tells of a pause of the worker, and of one queue', async () => {
    const { client, worker } = await working([defineJob('job', {}, () => 1)])
    worker.pause()
    expect((await worker.snapshot()).fibers).toMatchObject({ allowed: 0, cutBy: 'paused' })
    worker.resume()
    await client.pause('default')
    expect((await worker.snapshot()).queues[0]?.paused).toBe(true)
  })

  it('stops counting with its worker', async () => {
    const job = defineJob('job', {}, () => 1)
    const { client, worker } = await working([job])
    await worker.snapshot()
    await worker.stop()
    const second = await client.work([job])
    await (await client.enqueue(job)).result()
    expect((await worker.snapshot()).totals.started).toBe(0)
    await second.stop()
  })
})

describe('health', () => {
  it('is well while it works, and tells when it has stopped', async () => {
    const { worker } = await working([defineJob('job', {}, () => 1)])
    expect(await worker.health()).toMatchObject({ ok: true, reasons: [], state: 'running' })
    await worker.stop()
    expect(await worker.health()).toMatchObject({ ok: false, reasons: ['the worker has stopped'], state: 'stopped' })
  })

  it('a store that is silent is unhealthy', async () => {
    let skippedMs = 0
    const env = { ...systemEnv, monoMs: () => systemEnv.monoMs() + skippedMs }
    const { worker } = await working([defineJob('job', {}, () => 1)], {
      connect: { env, leaseMs: 3_600_000 },
      beatMs: 1_000,
    })
    skippedMs += 60_000
    expect((await worker.health()).reasons).toEqual([expect.stringMatching(/the store has not answered for 6\d s/)])
  })

  it.each([
    ['a backlog that nobody takes is unhealthy', undefined, [expect.stringMatching(/1 jobs wait in "default"/)]],
    ['one that a rate holds back is not', { rates: [{ tokens: 1, perMs: 3_600_000, burst: 1 }] }, []],
    ['nor one that a quota holds back', { quota: { jobs: 1, perMs: 86_400_000 } }, []],
  ])('%s', async (_name, settings, reasons) => {
    let skippedMs = 0
    const env = {
      ...systemEnv,
      monoMs: () => systemEnv.monoMs() + skippedMs,
      nowMs: () => systemEnv.nowMs() + skippedMs,
    }
    const { engine, client } = await engineOn(
      [defineJob('work', {}, () => 1)],
      (driver) => wrap(driver, 'reserve', () => new Promise(() => {})),
      { leaseMs: 3_600_000 },
      env,
    )
    if (settings !== undefined) await client.limits!.set('default', 'queue', settings, 1)
    await client.enqueue({ lane: 0, seq: 1 }, [stored('a')])
    skippedMs += 40_000
    await until(() => engine.beat.silentMs < 1_000)
    expect((await healthOf(engine)).reasons).toEqual(reasons)
  })
})

describe('limits that the code declares', () => {
  const limited = (max: number) => defineJob('job', { queue: defineQueue('limited', { concurrencyMax: max }) }, () => 1)

  it('are written once, and what an operator changes since stays until the code says something else', async () => {
    const client = await connect('memory:')
    const read = async () => (await client.driver.limits!.read('limited')).queue.concurrencyMax
    await (await client.work([limited(3)])).stop()
    expect(await read()).toBe(3)
    await client.driver.limits!.set('limited', 'queue', { concurrencyMax: 9 }, 100)
    await (await client.work([limited(3)])).stop()
    expect(await read()).toBe(9)
    await (await client.work([limited(4)])).stop()
    expect(await read()).toBe(4)
    await client.close()
  })

  it('lift what the code no longer says, and leave groups of which it never spoke', async () => {
    await using client = await connect('memory:')
    const declared = (options: QueueOptions) => defineJob('job', { queue: defineQueue('limited', options) }, () => 1)
    const quota = { jobs: 10, perMs: 86_400_000 }
    await (await client.work([declared({ quota, groups: { gold: { weight: 3 }, plain: { quota } } })])).stop()
    await client.limit('limited', { group: 'theirs' }, { concurrencyMax: 1 })
    await (await client.work([declared({ groups: { gold: { weight: 4 } } })])).stop()
    expect(await client.limits('limited')).toMatchObject({
      queue: {},
      groups: {},
      group: { gold: { weight: 4 }, theirs: { concurrencyMax: 1 } },
    })
    expect(Object.keys((await client.limits('limited')).group)).toHaveLength(2)
  })
})

it('the probe tells delay, memory, utilisation and CPU of this process', async () => {
  const probe = new ProcessProbe(systemEnv)
  probe.start()
  await new Promise((resolve) => setTimeout(resolve, 30))
  for (const end = performance.now() + 80; performance.now() < end;);
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(probe.loopDelayMs()).toBeGreaterThan(40)
  expect(probe.loopDelay().max).toBeGreaterThan(40)
  expect(probe.memoryUsed()).toBeGreaterThan(0)
  expect(probe.memoryUsed()).toBeLessThan(1)
  expect(probe.utilisation()).toBeGreaterThan(0)
  expect(probe.cpu()).toBeGreaterThan(0.2)
  expect(probe.heapLimitBytes).toBeGreaterThan(1e8)
  probe.end()
})

it('an uncaught error is not ours to handle unless the worker owns the process', async () => {
  const before = { exit: process.exit, listeners: process.listenerCount('uncaughtException') }
  const { worker } = await working([defineJob('job', {}, () => 1)])
  expect([process.exit, process.listenerCount('uncaughtException')]).toEqual([before.exit, before.listeners])
  expect(worker.condemnedBy).toBeUndefined()
  const owning = await working([defineJob('job', {}, () => 1)], { ownProcess: true })
  expect(process.listenerCount('uncaughtException')).toBe(before.listeners + 1)
  expect(globalThis.fetch.name).not.toBe('')
  await owning.worker.stop()
  await until(() => process.listenerCount('uncaughtException') === before.listeners)
  expect(process.exit).toBe(before.exit)
})

it('refuses what is no handler, with its code', async () => {
  const client = await connect('memory:')
  await expect(client.work([defineJob('only', {}) as never])).rejects.toThrow(FiberWorkError)
  await client.close()
})
