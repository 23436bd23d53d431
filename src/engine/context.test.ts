import { describe, expect, it } from 'vitest'
import { heard, until, working } from '../../test/support/work.ts'
import { defineJob, type JobContext, unchecked } from '../index.ts'
import { storage } from '../sandbox/storage.ts'

describe('what a handler sees', () => {
  it('its job', async () => {
    const job = defineJob(
      'seen',
      { attempts: 7, queue: 'q' },
      (_, { id, name, queue, group, priority, tags, headers, attempt, attemptsMax, crashes, enqueuedAtMs }) => ({
        id,
        name,
        queue,
        group,
        priority,
        tags,
        headers,
        attempt,
        attemptsMax,
        crashes,
        enqueuedAtMs,
      }),
    )
    const { client } = await working([job])
    const sent = await client.enqueue(job, undefined, {
      group: 'g',
      priority: 7,
      tags: ['t'],
      headers: { traceparent: '00-a-b-01' },
    })
    expect(await sent.result()).toMatchObject({
      id: sent.id,
      name: 'seen',
      queue: 'q',
      group: 'g',
      priority: 7,
      tags: ['t'],
      headers: { traceparent: '00-a-b-01' },
      attempt: 1,
      attemptsMax: 7,
      crashes: 0,
      enqueuedAtMs: expect.closeTo(Date.now(), -4) as number,
    })
  })

  it('progress is carried to the store, and bounded', async () => {
    let finish = () => {}
    const job = defineJob('steps', {}, async (_, job) => {
      job.progress({ done: 3, of: 9 })
      expect(() => job.progress('x'.repeat(5_000))).toThrow(/4096 characters/)
      expect(() => job.progress(undefined)).toThrow(/not JSON/)
      await new Promise<void>((resolve) => (finish = resolve))
    })
    const { client } = await working([job])
    const sent = await client.enqueue(job)
    await until(async () => (await sent.status())?.progress === '{"done":3,"of":9}')
    finish()
  })

  it('cleanups run last in first out, each awaited, also after an error, and a failing one stops nobody', async () => {
    const order: string[] = []
    const failures = heard('job.disposal')
    const job = defineJob('tidy', { attempts: 1 }, (_, job) => {
      job.defer(() => void order.push('first'))
      job.defer(async () => {
        await Promise.resolve()
        order.push('second')
      })
      job.defer(() => {
        throw new Error('broken')
      })
      throw new Error('no')
    })
    const { client } = await working([job])
    await expect((await client.enqueue(job)).result()).rejects.toMatchObject({ code: 'FW_JOB_DEAD' })
    expect(order).toEqual(['second', 'first'])
    expect(failures).toMatchObject([{ name: 'tidy', what: 'a cleanup', error: { message: 'broken' } }])
  })

  it('its log carries the job', async () => {
    const lines = heard('job.log')
    const job = defineJob('talk', {}, (_, { log }) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level, { a: 1 })
    })
    const { client } = await working([job])
    const sent = await client.enqueue(job)
    await sent.result()
    expect(lines.map(({ id, name, attempt, level, fields }) => [id, name, attempt, level, fields])).toEqual(
      ['debug', 'info', 'warn', 'error'].map((level) => [sent.id, 'talk', 1, level, { a: 1 }]),
    )
  })

  it('its signal is aborted at the end, with one reason for all', async () => {
    const signals: AbortSignal[] = []
    const job = defineJob('ends', {}, (_, { signal }) => void signals.push(signal))
    const { client } = await working([job])
    await Promise.all((await client.enqueueMany(job, [undefined, undefined])).map((sent) => sent.result()))
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
    expect(signals[0]!.reason).toBe(signals[1]!.reason)
  })
})

describe('follow-ups', () => {
  const child = defineJob('child', { input: unchecked<number>() }, (n) => n)

  it('are enqueued with the verdict, and their ids known before', async () => {
    const parent = defineJob('parent', {}, async (_, job) => [
      await job.enqueue(child, 1),
      await job.enqueue(child, 2, { id: 'mine' }),
    ])
    const { client } = await working([parent, child])
    const ids = (await (await client.enqueue(parent)).result()) as string[]
    expect(ids[1]).toBe('mine')
    expect(await Promise.all(ids.map((id) => client.job(id).result()))).toEqual([1, 2])
  })

  it('of a failed attempt are not', async () => {
    const parent = defineJob('parent', { attempts: 2, backoff: { kind: 'fixed', baseMs: 1 } }, async (_, job) => {
      await job.enqueue(child, job.attempt)
      if (job.attempt === 1) throw new Error('no')
    })
    const { client, worker } = await working([parent, child])
    await client.enqueue(parent)
    await worker.idle({ delayed: true })
    expect((await client.list({ name: 'child' })).jobs).toHaveLength(1)
  })

  it('are checked like any enqueue', async () => {
    const parent = defineJob('parent', { attempts: 1 }, async (_, job) => {
      await expect(job.enqueue(child, 1, { priority: 11 })).rejects.toMatchObject({ code: 'FW_JOB_INVALID' })
      await expect(
        job.enqueue(defineJob('big', { input: unchecked<string>() }), 'x'.repeat(300_000)),
      ).rejects.toMatchObject({ code: 'FW_BODY_TOO_LARGE' })
      return 'refused'
    })
    const { client } = await working([parent, child])
    expect(await (await client.enqueue(parent)).result()).toBe('refused')
  })
})

describe('middleware', () => {
  it("wraps each attempt, the worker's around the definition's, in order", async () => {
    const order: string[] = []
    const layer = (name: string) => async (job: JobContext, next: () => Promise<unknown>) => {
      order.push(`${name}>${job.name}`)
      const answer = await next()
      order.push(`<${name}`)
      return `${name}(${String(answer)})`
    }
    const job = defineJob('wrapped', { use: [layer('c')] }, () => 'done')
    const { client } = await working([job], { use: [layer('a'), layer('b')] })
    expect(await (await client.enqueue(job)).result()).toBe('a(b(c(done)))')
    expect(order).toEqual(['a>wrapped', 'b>wrapped', 'c>wrapped', '<c', '<b', '<a'])
  })

  it('may refuse, and may mend an error', async () => {
    const job = defineJob('mended', { attempts: 1, use: [async (_job, next) => next().catch(() => 'mended')] }, () => {
      throw new Error('no')
    })
    const { client } = await working([job])
    expect(await (await client.enqueue(job)).result()).toBe('mended')
  })
})

it('thousands of concurrent jobs see each their own sandbox, through every await', async () => {
  const here = () => storage.getStore()?.fiber?.loan.job.id
  const job = defineJob('who', { input: unchecked<number>() }, async (n, { id }) => {
    const seen = [here()]
    await Promise.resolve()
    seen.push(here())
    await new Promise((resolve) => setTimeout(resolve, n % 7))
    seen.push(here())
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(here())
    return seen.every((one) => one === id)
  })
  const { client } = await working([job], { concurrency: 5_000 })
  const sent = await client.enqueueMany(
    job,
    Array.from({ length: 5_000 }, (_, n) => n),
  )
  expect(new Set(await Promise.all(sent.map((one) => one.result())))).toEqual(new Set([true]))
  expect(here()).toBeUndefined()
})
