import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../../test/support/http.ts'
import { folder } from '../../test/support/sqlite.ts'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { type Env, systemEnv } from '../base/env.ts'
import { connect, defineJob, defineQueue, unchecked } from '../index.ts'
import { clientOn } from '../connect/connect.ts'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { upkeepOf } from './upkeep.ts'

/** What comes every minute, or every quarter of one, comes at once; all other time is as it was. */
const hurried: Env = {
  ...systemEnv,
  setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, kind === 'idle' && delayMs >= 700 ? 5 : delayMs, kind),
}

/** A client on a memory store without a ledger. */
function withoutLedger() {
  const store = createMemoryStore({ env: systemEnv })
  const bare = () => {
    const driver = memoryDriver({ store, env: systemEnv })
    return Object.defineProperty(driver, 'ledger', { value: undefined })
  }
  return clientOn(bare, 'bare:')
}

describe('what is kept', () => {
  it('of a queue’s jobs only so many stay, state by state', async () => {
    const queue = defineQueue('q', { keep: { dead: { count: 2 }, done: { count: 1 } } })
    const input = unchecked<boolean>()
    const job = defineJob('job', { queue, attempts: 1, input }, (fail) => {
      if (fail) throw new Error('no')
    })
    const trimmed = heard('queue.trimmed')
    const { client, worker } = await working([job], { connect: { env: hurried } })
    await client.enqueueMany(job, [true, true, true, true, true, false, false, false])
    await worker.idle()
    await until(async () => {
      const [depth] = await client.depth(['q'])
      return depth!.dead === 2 && depth!.done === 1
    })
    await until(() => trimmed.length > 0)
    expect(trimmed[0]).toMatchObject({ queue: 'q', state: 'dead' })
  })

  it('the verdict of a definition without `keep` says what its queue keeps', async () => {
    const kept: unknown[] = []
    const queue = defineQueue('q', { keep: { done: { count: 7, ageMs: 5_000 } } })
    const plain = defineJob('plain', { queue }, () => 1)
    const own = defineJob('own', { queue, keep: { count: 3, ageMs: 1_000 } }, () => 1)
    const store = createMemoryStore({ env: systemEnv })
    const client = await clientOn(() => {
      const driver = memoryDriver({ store, env: systemEnv })
      const settle = driver.settle.bind(driver)
      driver.settle = (call, items) => {
        for (const { verdict } of items) if (verdict.kind === 'done') kept.push(verdict.keep)
        return settle(call, items)
      }
      return driver
    }, 'memory:')
    onTestFinished(() => client.close())
    const worker = await client.work([plain, own])
    for (const job of [plain, own]) await (await client.enqueue(job)).result()
    await worker.stop()
    expect(kept).toEqual([
      { count: 7, ageMs: 5_000 },
      { count: 3, ageMs: 1_000 },
    ])
  })

  it('what the worker was told of a queue goes before what the code says, and `*` comes last', () => {
    const queues = [
      defineQueue('a', { keep: { dead: { count: 1 } }, alertWaitMs: 5_000 }),
      defineQueue('b', { alertWaitMs: false }),
      defineQueue('c'),
    ]
    const keep = { '*': { dead: { ageMs: 9 }, done: false }, c: { dead: { count: 3, ageMs: 4 } } } as const
    const upkeep = upkeepOf(queues, { keep, alertWaitMs: { '*': 60_000, a: 7_000 } })
    const none = { count: 0, ageMs: 0 }
    expect(upkeep.keeps).toEqual({
      a: { dead: { count: 1, ageMs: 14 * 86_400_000 }, done: none },
      b: { dead: { count: 10_000_000, ageMs: 9 }, done: none },
      c: { dead: { count: 3, ageMs: 4 }, done: none },
    })
    expect(upkeep.alertWaitMs).toEqual({ a: 7_000, c: 60_000 })
    expect(upkeepOf(queues, {}).alertWaitMs).toEqual({ a: 5_000 })
    expect(upkeepOf([defineQueue('toString')], { keep: {}, alertWaitMs: {} })).toMatchObject({
      keeps: {},
      alertWaitMs: {},
    })
  })

  it.each([
    { dead: { count: -1 } },
    { dead: {} },
    { dead: { ageMs: 15 * 86_400_000 } },
    { done: { count: 1, age: 2 } },
    { ready: { count: 1 } },
    { dead: true },
    [],
  ])('refuses %j', async (keep) => {
    expect(() => defineQueue('q', { keep } as object)).toThrow(
      expect.objectContaining({ code: 'FW_JOB_INVALID' }) as Error,
    )
    const client = await connect('memory:')
    onTestFinished(() => client.close())
    const refused = client.work([], { keep: { q: keep } } as object)
    await expect(refused).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
  })
})

describe('history', () => {
  it('is there after a restart, the last minute too', async () => {
    const url = `sqlite:${folder()}/jobs.db` as const
    const job = defineJob('job', { queue: 'q', input: unchecked<number>() }, () => 1)
    const fromMs = Date.now()
    for (const count of [3, 4]) {
      const client = await connect(url)
      const worker = await client.work([job], { history: true })
      await client.enqueueMany(
        job,
        Array.from({ length: count }, (_, i) => i),
      )
      await worker.idle()
      await worker.stop()
      await client.close()
    }
    const client = await connect(url)
    onTestFinished(() => client.close())
    const history = await client.history({ fromMs, toMs: Date.now() + 60_000 })
    const sum = (of: 'done' | 'enqueued' | 'started') => history.points.reduce((all, point) => all + point[of], 0)
    expect([sum('done'), sum('enqueued'), sum('started')]).toEqual([7, 7, 7])
    expect(history).toMatchObject({ queues: ['q'], names: ['job'], whole: true })
  })

  it('a worker that is stopped twice, and one whose store is silent, ends', async () => {
    const job = defineJob('job', {}, () => 1)
    const { client, worker } = await working([job], { history: true })
    const other = await client.work([job], { history: true })
    await (await client.enqueue(job)).result()
    // The client's own driver, on which history is written.
    client.driver.depth = () => new Promise(() => {})
    client.driver.ledger!.write = () => new Promise(() => {})
    const beganMs = performance.now()
    await Promise.all([worker.stop(), worker.stop(), other.stop()])
    expect(performance.now() - beganMs).toBeLessThan(10_000)
  })

  it('is not written where nobody asked for it', async () => {
    const job = defineJob('job', {}, () => 1)
    const { client, worker } = await working([job])
    await (await client.enqueue(job)).result()
    await worker.stop()
    expect(await client.driver.ledger!.list('history', 10)).toEqual([])
  })

  it('is refused where the store keeps no records', async () => {
    const client = await withoutLedger()
    onTestFinished(() => client.close())
    const job = defineJob('job', {}, () => 1)
    const said = { code: 'FW_DRIVER_TRAIT', message: expect.stringContaining('`history`') as string }
    await expect(client.work([job], { history: true })).rejects.toMatchObject(said)
    await expect(client.history({ fromMs: 0 })).rejects.toMatchObject(said)
    await expect(client.work([job], { alertWaitMs: 5_000 })).rejects.toMatchObject({
      code: 'FW_DRIVER_TRAIT',
      message: expect.stringContaining('`alertWaitMs`') as string,
    })
  })
})

describe('alerts', () => {
  it('a job that waits for too long is told of: an event, a webhook', async () => {
    const bodies: { type: string; queue: string; ready: number; waitMs: number }[] = []
    await using server = await serve((_, response, body) => {
      bodies.push(JSON.parse(body) as (typeof bodies)[number])
      response.end()
    })
    const held = gate()
    const job = defineJob('job', { queue: defineQueue('slow', { alertWaitMs: 1_000 }) }, () => held.opened)
    const raised = heard('alert.raised')
    const options = { alertWebhook: `${server.origin}/hook`, alertWebhookPrivate: true, concurrency: 1 }
    const { client, worker } = await working([job], { connect: { env: hurried }, ...options })
    await client.enqueueMany(job, [undefined, undefined, undefined])
    await until(() => bodies.length > 0)
    expect(raised[0]).toMatchObject({ type: 'queue.wait.exceeded', queue: 'slow', waitMsMax: 1_000, running: 1 })
    expect(bodies[0]).toMatchObject({ type: 'queue.wait.exceeded', queue: 'slow', ready: 2, state: 'raised' })
    expect(bodies[0]!.waitMs).toBeGreaterThan(1_000)
    held.open()
    await worker.stop()
  })

  it.each([
    [{ alertWebhook: 'http://127.0.0.1:9/s3cret' }, 'FW_EGRESS_DENIED'],
    [{ alertWebhook: 'https://10.0.0.1/s3cret' }, 'FW_EGRESS_DENIED'],
    [{ alertWebhook: 'https://hooks.example.com/', alertWebhookSecret: 's3cret' }, 'FW_CONFIG_INVALID'],
    [{ alertWebhook: 'gopher://s3cret/' }, 'FW_CONFIG_INVALID'],
    [{ alertWaitMs: 0 }, 'FW_CONFIG_INVALID'],
    [{ alertWaitMs: { 'no name': 5_000 } }, 'FW_CONFIG_INVALID'],
  ])('refuses %j before anything is begun', async (options, code) => {
    const client = await connect('memory:')
    onTestFinished(() => client.close())
    const job = defineJob('job', {}, () => 1)
    const error = await client.work([job], options).catch((error: unknown) => error)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain('s3cret')
  })
})
