import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { defineJob, GiveUp, type HttpClient, RetryIn, Snooze } from '../index.ts'
import { runJob, testClient } from '../testing.ts'

const double = defineJob('double', { input: z.object({ n: z.number() }) }, ({ n }) => n * 2)

async function clientOf(...[handlers, options]: Parameters<typeof testClient>) {
  const client = await testClient(handlers, options)
  onTestFinished(() => client.close())
  return client
}

describe('testClient', () => {
  it('shows what was enqueued, and runs nothing by itself', async () => {
    const client = await clientOf([double])
    await client.enqueue(double, { n: 1 })
    await client.enqueue(double, { n: 2 }, { delayMs: 60_000 })
    const enqueued = await client.enqueued(double)
    expect(enqueued.map(({ input, state }) => [input.n, state])).toEqual([
      [1, 'ready'],
      [2, 'delayed'],
    ])
    expect(await client.all({ states: ['delayed'] })).toHaveLength(1)
  })

  it('drains what is ready, follow-ups included, and leaves what is delayed', async () => {
    const parent = defineJob('parent', {}, async (_, job) => void (await job.enqueue(double, { n: 4 })))
    const client = await clientOf([parent, double])
    await client.enqueue(parent)
    await client.enqueue(double, { n: 1 }, { delayMs: 60_000 })
    expect(await client.drain()).toMatchObject({ attempts: 2, done: 2 })
    expect((await client.enqueued(double)).map(({ state }) => state)).toEqual(['delayed', 'done'])
    client.skip(60_000)
    expect(await client.drain()).toMatchObject({ attempts: 1 })
  })

  it('drains through hours of retries in no time', async () => {
    const failing = defineJob('failing', { attempts: 5, backoff: { kind: 'fixed', baseMs: 3_600_000 } }, (_, job) => {
      if (job.attempt < 4) throw new Error('not yet')
      return job.attempt
    })
    const client = await clientOf([failing])
    const sent = await client.enqueue(failing)
    expect(await client.drain({ delays: true })).toMatchObject({ attempts: 4, retried: 3, done: 1 })
    expect(await sent.result()).toBe(4)
  })

  it('says so when a job never comes to an end', async () => {
    const restless = defineJob('restless', {}, () => {
      throw new Snooze(1_000)
    })
    const client = await clientOf([restless])
    await client.enqueue(restless)
    await expect(client.drain({ delays: true, attemptsMax: 20 })).rejects.toThrow(/more than 20 attempts/)
  })

  it('leaves paused queues and jobs of others alone', async () => {
    const client = await clientOf([double])
    await client.enqueue(double, { n: 1 })
    await client.enqueue(defineJob('foreign', {}), undefined, { delayMs: 1 })
    await client.pause('default')
    expect(await client.drain({ delays: true })).toMatchObject({ attempts: 0 })
    await client.resume('default')
    expect(await client.drain({ delays: true })).toMatchObject({ done: 1 })
  })

  it('does nothing without handlers, and refuses to go back in time', async () => {
    const client = await clientOf()
    await client.enqueue(double, { n: 1 })
    expect(await client.drain()).toMatchObject({ attempts: 0 })
    expect(() => client.skip(-1)).toThrow(/≥ 0/)
  })
})

describe('runJob', () => {
  it('answers the result, the log, the progress and the follow-ups', async () => {
    const handler = defineJob('all', { input: z.object({ at: z.coerce.date() }) }, async ({ at }, job) => {
      job.log.info('working', { year: at.getUTCFullYear() })
      job.progress(1)
      job.progress({ half: true })
      await job.enqueue(double, { n: 7 }, { delayMs: 500 })
      return { ok: true }
    })
    const ran = await runJob(handler, { at: '2026-01-01' }, { tags: ['x'] })
    expect(ran).toMatchObject({ state: 'done', result: { ok: true }, attempts: 1, error: undefined, reason: undefined })
    expect(ran.log).toEqual([{ level: 'info', message: 'working', fields: { year: 2026 } }])
    expect(ran.progress).toEqual({ half: true })
    expect(ran.followUps).toMatchObject([{ name: 'double', queue: 'default', input: { n: 7 }, dueInMs: 500 }])
  })

  it.each([
    ['a plain error', new Error('no'), { state: 'delayed', attempts: 1, dueInMs: 100, reason: /no/ }],
    ['Snooze', new Snooze(60_000), { state: 'delayed', attempts: 0, dueInMs: 60_000 }],
    ['RetryIn', new RetryIn(5_000), { state: 'delayed', attempts: 1, dueInMs: 5_000 }],
    ['GiveUp', new GiveUp('never'), { state: 'dead', attempts: 1, dueInMs: undefined, reason: /never/ }],
  ])('tells what %s comes to', async (_name, error, expected) => {
    const options = { backoff: { kind: 'fixed', baseMs: 100, jitter: 'none' } } as const
    const ran = await runJob(defineJob('throws', options, () => Promise.reject(error)))
    const { reason, ...rest } = expected as { reason?: RegExp }
    expect(ran).toMatchObject(rest)
    expect(ran.error).toBe(error)
    if (reason !== undefined) expect(ran.reason).toMatch(reason)
    expect(ran.followUps).toEqual([])
  })

  it('never runs twice, even when the next attempt is due at once', async () => {
    let runs = 0
    const ran = await runJob(
      defineJob('again', {}, () => {
        runs++
        throw new RetryIn(0)
      }),
    )
    expect([runs, ran.attempts, ran.state]).toEqual([1, 1, 'ready'])
  })

  it('aborts the signal at the timeout, and when the job is cancelled', async () => {
    const waits = defineJob('waits', { attempts: 1 }, (_, job) => {
      return new Promise((_resolve, reject) => job.signal.addEventListener('abort', () => reject(job.signal.reason)))
    })
    const late = await runJob(waits, undefined, { timeoutMs: 20 })
    expect(late).toMatchObject({ state: 'dead', error: { code: 'FW_HANDLER_TIMEOUT' } })
    const cancelled = await runJob(waits, undefined, { cancelAfterMs: 20 })
    expect(cancelled).toMatchObject({ state: 'cancelled', error: { code: 'FW_JOB_CANCELLED' } })
  })

  it('answers for the network, and refuses invalid input', async () => {
    const get = defineJob('get', {}, async (_, job) => (await job.http.get('https://api.test/')).status)
    const http = { get: async () => ({ status: 204 }) } as unknown as HttpClient
    expect(await runJob(get, undefined, { http })).toMatchObject({ result: 204 })
    await expect(runJob(double, { n: 'x' } as never)).rejects.toThrow(/`n`: /)
  })
})
