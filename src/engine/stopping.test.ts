import { describe, expect, it } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { defineJob, Http } from '../index.ts'
import { currentFiber } from '../sandbox/storage.ts'

const once = { attempts: 1, backoff: { kind: 'fixed', baseMs: 1 } } as const
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

describe('timeout', () => {
  it('aborts the signal with FW_HANDLER_TIMEOUT; the attempt counts', async () => {
    const reasons: unknown[] = []
    const job = defineJob('slow', { ...once, attempts: 2, timeoutMs: 20 }, async (_, { signal }) => {
      await aborted(signal).catch((error: unknown) => {
        reasons.push(error)
        throw error
      })
    })
    const { client, worker } = await working([job])
    const sent = await client.enqueue(job)
    await worker.idle({ delayed: true })
    expect(reasons).toMatchObject([{ code: 'FW_HANDLER_TIMEOUT' }, { code: 'FW_HANDLER_TIMEOUT' }])
    expect(await sent.status()).toMatchObject({
      state: 'dead',
      attempts: 2,
      error: expect.stringContaining('20 ms') as string,
    })
  })

  it('no retry starts while the attempt lives', async () => {
    let running = 0
    let most = 0
    const hold = gate()
    const job = defineJob('deaf', { ...once, attempts: 2, timeoutMs: 10, stuckMs: 60_000 }, async (_, { signal }) => {
      most = Math.max(most, ++running)
      void signal
      await hold.opened
      running--
    })
    const { client, worker } = await working([job])
    await client.enqueue(job)
    await until(() => running === 1)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(worker.running).toBe(1)
    hold.open()
    await worker.idle({ delayed: true })
    expect(most).toBe(1)
  })

  it('a handler that ignores it past its grace is stuck: slot freed, late writes fenced, counted', async () => {
    const stuck = heard('job.stuck')
    const late = gate()
    const lateErrors: unknown[] = []
    const job = defineJob('deaf', { ...once, timeoutMs: 10, stuckMs: 20 }, async (_, job) => {
      void job.signal
      await late.opened
      for (const write of [
        () => Http.get('http://127.0.0.1:1/'),
        async () => job.enqueue(defineJob('x', {})),
        async () => job.defer(() => {}),
        async () => currentFiber(),
      ]) {
        await write().then(
          () => lateErrors.push('accepted'),
          (error: unknown) => lateErrors.push((error as { code: string }).code),
        )
      }
    })
    const { client, worker } = await working([job])
    const sent = await client.enqueue(job)
    await worker.idle({ delayed: true })
    expect(await sent.status()).toMatchObject({
      state: 'dead',
      error: expect.stringContaining('FW_HANDLER_TIMEOUT') as string,
    })
    expect(worker.running).toBe(0)
    expect(stuck).toMatchObject([{ id: sent.id }])
    late.open()
    await until(() => lateErrors.length === 4)
    expect(lateErrors).toEqual(['FW_JOB_SETTLED', 'FW_JOB_SETTLED', 'FW_JOB_SETTLED', 'FW_JOB_SETTLED'])
  })

  it('a value that comes late counts when nobody had asked for the signal', async () => {
    const job = defineJob(
      'late',
      { ...once, timeoutMs: 10 },
      () => new Promise((resolve) => setTimeout(resolve, 40, 'done anyway')),
    )
    const { client } = await working([job])
    expect(await (await client.enqueue(job)).result()).toBe('done anyway')
  })

  it('`false` is no limit, and a job may override its definition', async () => {
    const job = defineJob('slow', { ...once, timeoutMs: 5 }, async (_, job) => {
      const remaining = job.remainingMs()
      await Promise.race([aborted(job.signal), new Promise((resolve) => setTimeout(resolve, 30))])
      return remaining ?? 'unlimited'
    })
    const { client } = await working([job])
    expect(await (await client.enqueue(job, undefined, { timeoutMs: false })).result()).toBe('unlimited')
    expect(await (await client.enqueue(job, undefined, { timeoutMs: 5_000 })).result()).toBeGreaterThan(4_000)
    await expect((await client.enqueue(job)).result()).rejects.toMatchObject({ code: 'FW_JOB_DEAD' })
  })
})

describe('cancel', () => {
  it('reaches a running job with the next beat', async () => {
    let reason: unknown
    const job = defineJob('long', {}, (_, { signal }) =>
      aborted(signal).catch((error: unknown) => {
        reason = error
        throw error
      }),
    )
    const { client, worker } = await working([job])
    const sent = await client.enqueue(job)
    await until(() => worker.running === 1)
    expect(await sent.cancel()).toBe('cancelling')
    await expect(sent.result()).rejects.toMatchObject({ code: 'FW_JOB_CANCELLED' })
    expect(reason).toMatchObject({ code: 'FW_JOB_CANCELLED' })
  })

  it('a waiting job never starts', async () => {
    let started = 0
    const job = defineJob('later', {}, () => void started++)
    const { client, worker } = await working([job])
    const sent = await client.enqueue(job, undefined, { delayMs: 30 })
    expect(await sent.cancel()).toBe('cancelled')
    await worker.idle({ delayed: true })
    expect(started).toBe(0)
  })
})

describe('stop()', () => {
  const waiting = (opened: Promise<void>) =>
    defineJob('waiting', once, async (_, { signal, attempt }) => {
      await Promise.race([opened, aborted(signal)])
      return attempt
    })

  it('lets running jobs end, and takes nothing more', async () => {
    const hold = gate()
    const job = waiting(hold.opened)
    const { client, worker } = await working([job], { concurrency: 5, graceMs: 5_000 })
    const sent = await client.enqueueMany(job, Array<undefined>(8).fill(undefined))
    await until(() => worker.running === 5)
    const stopped = worker.stop()
    expect(worker.state).toBe('draining')
    hold.open()
    expect(await stopped).toBe(0)
    expect(worker.state).toBe('stopped')
    const states = (await client.find(sent.map(({ id }) => id))).map((record) => record!.state)
    expect(states.filter((state) => state === 'done')).toHaveLength(5)
    expect(states.filter((state) => state === 'ready')).toHaveLength(3)
  })

  it('gives back by itself what it has taken and not begun, and says how many', async () => {
    let begun = 0
    const stop = Promise.withResolvers<number>()
    const job = defineJob('first', once, () => {
      if (++begun === 1) stop.resolve(worker.stop())
    })
    const { client, worker } = await working([job], { startSliceMs: 0.000_001 })
    worker.pause()
    const sent = await client.enqueueMany(job, Array<undefined>(300).fill(undefined))
    worker.resume()
    const released = await stop.promise
    expect(released).toBeGreaterThan(0)
    expect(begun + released).toBe(300)
    const records = await client.find(sent.map(({ id }) => id))
    expect(records.filter((record) => record?.state === 'ready' && record.attempts === 0)).toHaveLength(released)
  })

  it('aborts what outlives the grace, releases it, and burns no attempt', async () => {
    const job = waiting(new Promise(() => {}))
    const { client, worker } = await working([job], { graceMs: 50 })
    const sent = await client.enqueue(job)
    await until(() => worker.running === 1)
    await worker.stop()
    expect(await sent.status()).toMatchObject({ state: 'ready', attempts: 0 })
    const second = await client.work([defineJob('waiting', once, (_, { attempt }) => attempt)])
    expect(await sent.result()).toBe(1)
    await second.stop()
  })

  it('releases what ignores its signal too, and a second call means now', async () => {
    const job = defineJob('deaf', once, () => new Promise(() => {}))
    const { client, worker } = await working([job], { graceMs: 60_000 })
    const sent = await client.enqueue(job)
    await until(() => worker.running === 1)
    const first = worker.stop()
    const second = worker.stop()
    expect(await first).toBe(1)
    expect(await second).toBe(1)
    expect(await sent.status()).toMatchObject({ state: 'ready', attempts: 0 })
  })

  it('a job that fails for another reason while it is aborted is still released', async () => {
    const job = defineJob('odd', once, (_, { signal }) =>
      aborted(signal).catch(() => {
        throw new TypeError('mine')
      }),
    )
    const { client, worker } = await working([job], { graceMs: 20 })
    const sent = await client.enqueue(job)
    await until(() => worker.running === 1)
    await worker.stop()
    expect(await sent.status()).toMatchObject({ state: 'ready', attempts: 0 })
  })
})
