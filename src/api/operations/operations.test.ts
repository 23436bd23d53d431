import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../job/definition.ts'
import { operations } from './index.ts'

const order = defineJob(
  'order.created',
  { input: z.object({ total: z.number() }), queue: 'orders' },
  ({ total }) => total,
)

const flaky = defineJob(
  'flaky',
  { queue: 'flaky', attempts: 3, backoff: { kind: 'fixed', baseMs: 1 } },
  (_, { attempt }) => {
    throw new Error(`attempt ${attempt} failed with password=hunter2secret\nand more of it`)
  },
)

describe('a job that failed', () => {
  test('tells each attempt: whole to an operator, the first line to a reader and in lists, secrets to nobody', async () => {
    const served = await serveStore([flaky])
    const worker = await served.work()
    const { id } = await served.store.enqueue(flaky)
    await worker.idle({ delayed: true })
    const operator = await served.as('operate')
    const { failures, error, enqueuedAt } = await operator.jobs.get(id)
    expect(failures?.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(failures!.at(-1)!.error).toBe(error)
    expect(failures![0]!.error).toMatch(/^Error: attempt 1 failed with .*\nand more of it\n +at /)
    expect(failures![0]!.at >= enqueuedAt).toBe(true)
    const reader = await served.as('read')
    const seen = [(await reader.jobs.get(id)).failures!, (await operator.jobs.list()).jobs[0]!.failures!]
    for (const told of seen) {
      expect(told.map(({ error }) => error)).toEqual(
        [1, 2, 3].map((n) => expect.stringMatching(new RegExp(`^Error: attempt ${n} failed with .*$`))),
      )
    }
    expect(JSON.stringify([failures, seen])).not.toContain('hunter2secret')
  })
})

describe('CloudEvents', () => {
  const event = { specversion: '1.0', id: '1', source: '/shop', type: 'order.created', data: { total: 3 } }
  const post = (url: string, body: unknown, headers: Record<string, string>) =>
    fetch(`${url}/v1/cloudevents`, { method: 'POST', headers, body: JSON.stringify(body) })
  const structured = { 'content-type': 'application/cloudevents+json' }

  test('structured, binary and batched ones become jobs, and come again as duplicates', async () => {
    const { url, store } = await serveStore([order])
    const first = await post(url, event, structured)
    expect([first.status, await first.json()]).toEqual([
      201,
      { jobs: [expect.objectContaining({ outcome: 'added', queue: 'orders' })] },
    ])
    const again = await post(url, event.data, {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/shop',
      'ce-type': 'order.created',
    })
    expect([again.status, await again.json()]).toEqual([
      200,
      { jobs: [expect.objectContaining({ outcome: 'duplicate' })] },
    ])
    const batch = await post(url, [event, { ...event, id: '2', fwpriority: 9, partitionkey: 'acme' }], {
      'content-type': 'application/cloudevents-batch+json',
    })
    expect(await batch.json()).toMatchObject({ jobs: [{ outcome: 'duplicate' }, { outcome: 'added' }] })
    const { jobs } = await store.list({ queue: 'orders' })
    expect(jobs.map(({ job: { priority, group } }) => [priority, group])).toEqual([
      [9, 'acme'],
      [5, undefined],
    ])
    expect(jobs[0]!.job.headers).toMatchObject({ 'ce-source': '/shop', 'ce-id': '2' })
  })

  test.each([
    [{ ...event, specversion: '0.3' }, 'FW_API_INVALID'],
    [{ ...event, id: '' }, 'FW_API_INVALID'],
    [{ ...event, data: { total: 'x' } }, 'FW_INPUT_INVALID'],
    [{ ...event, type: 'nothing' }, 'FW_JOB_INVALID'],
    [{ ...event, data: undefined, data_base64: 'AA==' }, 'FW_API_INVALID'],
    [{ ...event, fwpriority: 'high' }, 'FW_JOB_INVALID'],
    ['text', 'FW_API_INVALID'],
  ])('%j is refused', async (body, code) => {
    const { url } = await serveStore([order])
    const answer = await post(url, body, structured)
    expect([answer.status < 500, await answer.json()]).toEqual([true, expect.objectContaining({ code })])
  })
})

describe('schedules', () => {
  test('set, looked at, run, paused and removed', async () => {
    const { api } = await serveStore([order])
    const settings = {
      cron: '0 9 * * MON#1',
      timeZone: 'Europe/Berlin',
      job: { name: 'order.created', input: { total: 1 } },
    }
    expect(await api.schedules.put('monthly', settings)).toEqual({ id: 'monthly', outcome: 'added' })
    expect(await api.schedules.put('monthly', settings)).toEqual({ id: 'monthly', outcome: 'unchanged' })
    const one = await api.schedules.get('monthly', { next: 3 })
    expect(one).toMatchObject({ cron: '0 9 * * MON#1', name: 'order.created', input: { total: 1 }, paused: false })
    expect(one.next).toHaveLength(3)
    for (const at of one.next) expect(new Date(at).getUTCDate()).toBeLessThanOrEqual(7)
    expect(await api.schedules.run('monthly')).toMatchObject({ schedule: 'monthly', outcome: 'added' })
    await api.schedules.pause('monthly')
    expect((await api.schedules.list()).map(({ id, paused }) => [id, paused])).toEqual([['monthly', true]])
    await api.schedules.resume('monthly')
    await api.schedules.remove('monthly')
    await expect(api.schedules.get('monthly')).rejects.toMatchObject({ code: 'FW_SCHEDULE_UNKNOWN' })
  })

  test.each([
    [{ cron: '60 * * * *' }, 'FW_SCHEDULE_INVALID'],
    [{ cron: '0 9 * * *', timeZone: '../../etc/passwd' }, 'FW_SCHEDULE_INVALID'],
    [{}, 'FW_SCHEDULE_INVALID'],
    [{ cron: '* * * * *', everyMs: 1_000 }, 'FW_SCHEDULE_INVALID'],
    [{ everyMs: 1 }, 'FW_API_INVALID'],
    [{ cron: '('.repeat(10_000) }, 'FW_API_INVALID'],
  ])('%j is refused', async (times, code) => {
    const { api } = await serveStore([order])
    const settings = { ...times, job: { name: 'order.created', input: { total: 1 } } }
    await expect(api.schedules.put('x', settings)).rejects.toMatchObject({ code })
  })
})

describe('workers', () => {
  test('the store and the processes beside the API tell of themselves, and can be steered', async () => {
    const { api, work } = await serveStore([order])
    await expect(api.workers.setConcurrency(5)).resolves.toMatchObject({ processes: [], missing: [expect.any(String)] })
    const worker = await work()
    await expect
      .poll(() => api.workers.list(), { timeout: 5_000 })
      .toMatchObject([{ session: worker.session, about: { pid: process.pid } }])
    expect((await api.workers.processes()).processes).toMatchObject([
      { process: 0, pid: process.pid, snapshot: { worker: { session: worker.session } } },
    ])
    expect((await api.workers.setConcurrency(7)).processes).toMatchObject([{ answer: 7 }])
    expect(worker.concurrency).toBe(7)
    await api.workers.pause()
    expect(worker.state).toBe('paused')
    await api.workers.resume()
    expect(worker.state).toBe('running')
    expect(await api.workers.stats()).toMatchObject({ driver: 'sqlite', queues: [{ queue: 'orders' }] })
  })
})

describe('history', () => {
  test('is told in steps', async () => {
    const { api, work } = await serveStore([order])
    const worker = await work({ history: true })
    const { id } = await api.jobs.submit({ name: 'order.created', input: { total: 3 } })
    expect(await api.jobs.result(id, { waitMs: 5_000 })).toMatchObject({ result: 3 })
    await worker.stop()
    const past = await api.workers.history({ queue: 'orders' })
    expect(past.points.length).toBeGreaterThan(10)
    expect(past.points.reduce((sum, { done }) => sum + done, 0)).toBe(1)
    await expect(api.workers.history({ from: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({
      code: 'FW_API_INVALID',
    })
  })
})

describe('metrics', () => {
  test('of workers and store are scraped, and a number of replicas is made of them', async () => {
    const { url, api, work, as } = await serveStore([order])
    await work({ metrics: true, concurrency: 10 })
    const { id } = await api.jobs.submit({ name: 'order.created', input: { total: 3 } })
    await api.jobs.result(id, { waitMs: 5_000 })
    const scraped = await fetch(`${url}/metrics`)
    expect(scraped.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await scraped.text()
    expect(text).toMatch(/^fiber_work_jobs_total\{.*queue="orders".*\} 1$/m)
    expect(text).toMatch(/^fiber_work_store_up 1$/m)
    const open = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } })
    expect(await open.text()).toMatch(/# EOF\n$/)
    await api.jobs.submitMany(
      Array.from({ length: 2_000 }, () => ({ name: 'order.created', input: { total: 1 }, delayMs: 1 })),
    )
    expect(await api.workers.autoscale({ replicasMax: 3 })).toMatchObject({
      replicas: expect.any(Number),
      boundBy: expect.any(String),
    })
    await expect(api.workers.autoscale({ replicasMax: 0 })).rejects.toMatchObject({ code: 'FW_API_INVALID' })
    await as('read')
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
  })
})

describe('rates', () => {
  test('of a queue are told from the second look on', async () => {
    const { api, work } = await serveStore([order])
    await work()
    expect((await api.queues.list())[0]).not.toHaveProperty('perSecond')
    const sent = await api.jobs.submitMany(
      Array.from({ length: 300 }, () => ({ name: 'order.created', input: { total: 1 } })),
    )
    for await (const one of api.jobs.results(sent.map((each) => (each as { id: string }).id)))
      expect(one.state).toBe('done')
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    // A worker that is slow to answer is not waited for: whoever asks next is told.
    const perSecond = async () => (await api.queues.get('orders')).perSecond ?? { done: 0 }
    await expect.poll(async () => (await perSecond()).done).toBeGreaterThan(10)
    expect(await perSecond()).toMatchObject({ retried: 0, dead: 0 })
  })
})

describe('bulk actions', () => {
  test('are paced, told of, and stopped', async () => {
    const { api } = await serveStore([order])
    await api.jobs.submitMany(
      Array.from({ length: 300 }, () => ({ name: 'order.created', input: { total: 1 }, delayMs: 60_000 })),
    )
    const task = await api.bulk.start('cancel', { queue: 'orders' }, { ratePerSecond: 50 })
    expect(task).toMatchObject({ state: 'running', expected: 300, ratePerSecond: 50 })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const stopped = await api.bulk.cancel(task.id)
    expect(stopped.state).toBe('cancelled')
    expect(stopped.acted).toBeGreaterThan(10)
    expect(stopped.acted).toBeLessThan(120)
    expect(await api.queues.get('orders')).toMatchObject({ cancelled: stopped.acted })
    const rest = await api.bulk.start('remove', { queue: 'orders', states: ['delayed', 'cancelled'] })
    await expect.poll(() => api.bulk.get(rest.id)).toMatchObject({ state: 'done', acted: 300 })
    expect((await api.bulk.list()).map(({ id }) => id)).toEqual([rest.id, task.id])
  })

  test('never mean everything by an oversight', async () => {
    const { api } = await serveStore([order])
    await expect(api.bulk.start('cancel', {})).rejects.toMatchObject({ code: 'FW_API_INVALID' })
    await expect(api.bulk.start('remove', { queue: 'orders' })).rejects.toMatchObject({ code: 'FW_API_INVALID' })
  })
})

describe('the reference', () => {
  test('every operation is described, and every answer has a schema', async () => {
    const { url } = await serveStore([order])
    const document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as {
      openapi: string
      paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>
      components: { schemas: Record<string, unknown> }
    }
    expect(document.openapi).toBe('3.1.0')
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    )
    expect(ids.sort()).toEqual(operations.map(({ id }) => id).sort())
    expect(new Set(ids).size).toBe(ids.length)
    const text = JSON.stringify(document)
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(document.components.schemas).toHaveProperty(name!)
  })
})
