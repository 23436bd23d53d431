import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { threadId } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  busy,
  child,
  commits,
  ends,
  mixed,
  onLoop,
  seen,
  typed,
  where,
  wrapped,
} from '../../test/support/thread-jobs.ts'
import { startSpans } from '../../test/support/spans.ts'
import { threadWorker } from '../../test/support/thread-work.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { systemEnv } from '../base/env.ts'
import { current } from '../index.ts'
import { traceIfRegistered } from '../observe/traces/start.ts'

const made = threadWorker([where, seen, typed, busy, child, commits, ends, wrapped], {
  use: [async (job, next) => (job.name === 'wrapped' ? { on: threadId, inner: await next() } : next())],
})

describe('a handler of the thread lane', () => {
  it('runs in a thread, and sees its job', async () => {
    expect(await (await made.client.enqueue(where)).result()).toMatchObject({ isMainThread: false })
    const sent = await made.client.enqueue(seen, undefined, {
      group: 'g',
      priority: 7,
      tags: ['t'],
      headers: { h: '1' },
    })
    const { remainingMs, enqueuedAtMs, ...facts } = await sent.result()
    expect(facts).toEqual({
      ...{ id: sent.id, name: 'seen', queue: 'threads', group: 'g', tenant: 'acme', priority: 7, tags: ['t'] },
      ...{ attempt: 1, attemptsMax: 7, crashes: 0, same: true },
      headers: { h: '1', 'fiber-work-tenant': 'acme' },
    })
    expect(remainingMs).toBeGreaterThan(200_000)
    expect(enqueuedAtMs).toBeGreaterThan(1.7e12)
  })

  it('gets what the schema made of its input', async () => {
    const sent = await made.client.enqueue(typed, { at: new Date(0), many: [1, 2] })
    expect(await sent.result()).toEqual({ year: 1970, sum: 3 })
    await expect(made.client.enqueue(typed, { at: 'never', many: [] })).rejects.toThrow(/FW_INPUT_INVALID|not valid/)
  })

  it('has the middleware of its worker around it out here, and its own in the thread', async () => {
    expect(await (await made.client.enqueue(wrapped)).result()).toEqual({
      on: threadId,
      inner: { inner: false, value: 'ran' },
    })
  })
})

describe('job.commit in a thread', () => {
  it('is refused, and says what to do', async () => {
    const failed = (await made.client.enqueue(commits)).result()
    await expect(failed).rejects.toThrow(/job\.commit\(\) of "commits" was called in a thread.*leave out `lane/)
  })
})

describe('the sandbox of a thread', () => {
  const server = createServer((request, response) => {
    traces.push(request.headers.traceparent)
    response.end('{}')
  })
  const traces: unknown[] = []
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
  afterAll(() => void server.close())

  it('has log, progress, scope, services, cleanups, bind, follow-ups, Http and a bound fetch', async () => {
    const log = heard('job.log')
    const http = heard('http.ended')
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const sent = await made.client.enqueue(busy, { url }, { headers: { traceparent } })
    const { followUp, ...rest } = await sent.result()
    expect(rest).toEqual({ own: true, statuses: [200, 200], trace: traceparent })
    expect(await made.client.job(followUp).result()).toBe('acme')
    expect(log.map(({ id, message, fields }) => [id === sent.id, message, fields])).toEqual([
      [true, 'begun', { fields: expect.stringContaining('fine: true') as string }],
      [true, 'given back', { of: sent.id }],
      [true, 'deferred', { in: true }],
    ])
    expect(http.map(({ job, status }) => [job === sent.id, status])).toEqual([
      [true, 200],
      [true, 200],
    ])
    expect(traces.map((trace) => String(trace).slice(0, 35))).toEqual([
      traceparent.slice(0, 35),
      traceparent.slice(0, 35),
    ])
    expect((await sent.status())?.progress).toBe('{"step":1}')
    expect(() => current()).toThrow(/outside of a job/)
  })

  it('goes on with the span of its attempt, where jobs are traced', async () => {
    const sdk = startSpans()
    await traceIfRegistered(systemEnv, '0')
    try {
      traces.length = 0
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const { followUp } = await (await made.client.enqueue(busy, { url })).result()
      await made.client.job(followUp).result()
      const { traceId, spanId } = sdk.one('process threads')
      expect(sdk.one('process children').parent).toBe(spanId)
      expect(traces).toEqual(Array(2).fill(`00-${traceId}-${spanId}-01`))
    } finally {
      sdk.end()
    }
  })

  it('keeps what a thread changes in its environment, and has no chdir', async () => {
    expect(await (await made.client.enqueue(ends, 'env')).result()).toBe('changed')
    expect(process.env['FIBER_WORK_IN_THREAD']).toBeUndefined()
    await expect((await made.client.enqueue(ends, 'chdir', { attempts: 1 })).result()).rejects.toThrow(
      /ERR_WORKER_UNSUPPORTED_OPERATION/,
    )
  })
})

describe('queues', () => {
  it('of the thread lane alone are asked for no more jobs than there are threads', async () => {
    const started = heard('job.started')
    const { client, worker } = await working([where, mixed], { threads: 1, concurrency: 50 })
    const most: number[] = []
    await client.enqueueMany(where, Array<undefined>(20).fill(undefined))
    await until(() => {
      most.push(worker.running)
      return started.length === 20
    })
    expect(Math.max(...most)).toBe(1)
  })

  it('with others beside them hold a few that wait, give the rest back without an attempt, and all end', async () => {
    const ended = heard('job.ended')
    const { client, worker } = await working([mixed, onLoop], { threads: 1, concurrency: 50 })
    const sent = await client.enqueueMany(mixed, [...Array(12).keys()])
    const beside = await client.enqueueMany(onLoop, Array<undefined>(5).fill(undefined))
    expect(await Promise.all(beside.map((one) => one.result()))).toEqual([true, true, true, true, true])
    expect(await Promise.all(sent.map((one) => one.result()))).toEqual([...Array(12).keys()])
    await worker.idle()
    const back = ended.filter(({ verdict }) => verdict === 'release')
    expect(back.length).toBeGreaterThan(0)
    expect(ended.filter(({ attempt }) => attempt > 1)).toEqual([])
  })
})
