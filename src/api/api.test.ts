import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { serveStore } from '../../test/support/api.ts'
import { defineJob } from '../job/definition.ts'

const greet = defineJob('greet', { input: z.object({ user: z.string() }) }, async ({ user }) => `hello ${user}`)
const fail = defineJob(
  'fail',
  { input: z.object({ token: z.string() }), attempts: 1, queue: 'bad' },
  async ({ token }) => {
    throw new Error(`the token ${token} was refused`)
  },
)

describe('jobs', () => {
  test('as many as there are, whatever they weigh: no request is larger than one may be', async () => {
    const { api, store } = await serveStore([], { open: true })
    const jobs = Array.from({ length: 120 }, (_, n) => ({
      name: 'heavy',
      queue: 'q',
      input: `${n} ${'é'.repeat(40_000)}`,
    }))
    const answers = await api.jobs.submitMany(jobs)
    expect(answers.map(({ outcome }) => outcome)).toEqual(jobs.map(() => 'added'))
    const records = await store.find(answers.map((answer) => ('id' in answer ? answer.id : '')))
    expect(records.map((record) => store.content(record!).input)).toEqual(jobs.map(({ input }) => input))
  })

  test('one is submitted, done, and its result waited for', async () => {
    const { api, work } = await serveStore([greet])
    const sent = await api.jobs.submit({ name: 'greet', input: { user: 'Ada' } })
    expect(sent).toMatchObject({ outcome: 'added', name: 'greet', queue: 'default' })
    expect(await api.jobs.result(sent.id)).toMatchObject({ state: 'ready', settled: false })
    await work()
    expect(await api.jobs.result(sent.id, { waitMs: 10_000 })).toEqual({
      id: sent.id,
      state: 'done',
      settled: true,
      result: 'hello Ada',
    })
    expect(await api.jobs.get(sent.id)).toMatchObject({ state: 'done', input: { user: 'Ada' }, payloads: 'masked' })
  })

  test('an input that its schema refuses, a name that nobody knows, and what is no submission', async () => {
    const { api } = await serveStore([greet])
    await expect(api.jobs.submit({ name: 'greet', input: { user: 1 } })).rejects.toMatchObject({
      code: 'FW_INPUT_INVALID',
      status: 422,
    })
    await expect(api.jobs.submit({ name: 'gret', input: {} })).rejects.toMatchObject({
      code: 'FW_JOB_INVALID',
      status: 400,
      message: expect.stringContaining('Did you mean "greet"?'),
    })
    await expect(api.jobs.submit({ name: 'greet', prioriti: 1 } as never)).rejects.toMatchObject({
      code: 'FW_API_INVALID',
      status: 400,
      issues: [{ path: 'body' }],
    })
  })

  test('an idempotency key finds its job, and refuses another', async () => {
    const { api } = await serveStore([greet])
    const job = { name: 'greet', input: { user: 'Ada' } }
    const first = await api.jobs.submit(job, { idempotencyKey: 'one' })
    expect(await api.jobs.submit(job, { idempotencyKey: 'one' })).toEqual({ ...first, outcome: 'duplicate' })
    await expect(
      api.jobs.submit({ ...job, input: { user: 'Grace' } }, { idempotencyKey: 'one' }),
    ).rejects.toMatchObject({ code: 'FW_API_IDEMPOTENCY', status: 422 })
  })

  test('a batch answers each', async () => {
    const { api, store } = await serveStore([greet])
    const answers = await api.jobs.submitMany([
      { name: 'greet', input: { user: 'Ada' } },
      { name: 'greet', input: 7 },
      { name: 'greet', input: { user: 'Grace' }, id: 'mine' },
      { name: 'greet', input: { user: 'Grace' }, id: 'mine' },
    ])
    expect(answers.map(({ outcome }) => outcome)).toEqual(['added', 'refused', 'added', 'duplicate'])
    expect(await store.depth()).toMatchObject([{ ready: 2 }])
  })

  test('dead ones are found by their error, retried by a filter, and run again with another input', async () => {
    const { api, work } = await serveStore([fail, greet])
    await api.jobs.submitMany(
      Array.from({ length: 20 }, (_, index) => ({
        name: 'fail',
        input: { token: `sk_live_${'x'.repeat(24)}${index}` },
      })),
    )
    const worker = await work()
    await worker.idle()
    const page = await api.jobs.list({ queue: 'bad', states: ['dead'], error: 'refused' }, { limit: 5 })
    expect(page.jobs).toHaveLength(5)
    expect(page.cursor).not.toBeNull()
    expect(JSON.stringify(page)).not.toContain('sk_live_x')
    const preview = await api.bulk.preview('retry', { queue: 'bad' })
    expect(preview).toMatchObject({ count: 20, exact: true })
    worker.pause()
    const task = await api.bulk.start('retry', { queue: 'bad' })
    await expect
      .poll(() => api.bulk.get(task.id))
      .toMatchObject({ state: 'done', acted: 20, outcomes: { retried: 20 } })
    const [job] = (await api.jobs.list({ queue: 'bad' })).jobs
    const again = await api.jobs.rerun(job!.id, { patch: { token: 'other' } })
    expect(await api.jobs.get(again.id, { reveal: true })).toMatchObject({
      input: { token: 'other' },
      payloads: 'shown',
    })
    expect((await api.access.audit()).entries.map(({ operation }) => operation)).toEqual([
      'getJob',
      'rerunJob',
      'startBulk',
    ])
  })
})
