import * as z from 'zod'
import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/index.ts'
import { apiOver } from '../../test/support/api-over.ts'
import { merge } from './merge.ts'

/** What both skins ask and do, over both transports: what one answers the other answers too. */
describe.each(['in process', 'over HTTP'] as const)('a dashboard %s', (place) => {
  const input = z.looseObject({ password: z.string().optional() })
  const slow = defineJob('slow', { queue: 'mail', input }, async (_, context) => context.sleep(60_000))
  const fails = defineJob('fails', { queue: 'mail', attempts: 1, input }, async () => {
    throw new TypeError('no such tenant')
  })

  test('sees the worker, its queues, a running job and a dead one', async () => {
    const { source, store, worker } = await apiOver(place, [slow, fails])
    await store.enqueue(slow, {}, { group: 'acme' })
    const { id } = await store.enqueue(fails, { password: 'hunter2', user: 'ada' }, { group: 'acme' })
    await expect.poll(async () => (await source.jobs.get(id)).state, { timeout: 20_000 }).toBe('dead')
    await expect.poll(async () => running(), { timeout: 20_000 }).toBe(1)

    const merged = merge((await source.workers.processes()).processes)!
    expect(merged.snapshot.worker.session).toBe(worker.session)
    expect(merged.snapshot.failures).toMatchObject([{ id, name: 'fails', outcome: 'dead' }])
    expect(merged.snapshot.slowest).toMatchObject([{ name: 'slow', group: 'acme' }])
    expect(await source.queues.list()).toMatchObject([{ queue: 'mail', dead: 1, running: 1, paused: false }])
    expect((await source.jobs.list({ states: ['dead'] })).jobs.map((job) => job.id)).toEqual([id])
    // Secrets are masked for whoever sits at the worker's terminal too.
    expect(await source.jobs.get(id)).toMatchObject({
      error: expect.stringContaining('no such tenant'),
      payloads: 'masked',
    })
    expect(JSON.stringify(await source.jobs.get(id))).not.toContain('hunter2')
    expect(await source.access.whoami()).toMatchObject({ role: 'admin' })

    async function running() {
      return merge((await source.workers.processes()).processes)?.snapshot.fibers.running
    }
  })

  test('acts on jobs, queues, groups and the worker, and it is written down', async () => {
    const { source, store, worker } = await apiOver(place, [slow, fails])
    const { id } = await store.enqueue(fails, {}, { group: 'acme' })
    await expect.poll(async () => (await source.jobs.get(id)).state, { timeout: 20_000 }).toBe('dead')

    await source.queues.pause('mail')
    expect(await source.jobs.retry(id)).toEqual({ id, outcome: 'retried' })
    expect((await source.jobs.get(id)).state).toBe('ready')
    expect(await source.jobs.cancel(id)).toEqual({ id, outcome: 'cancelled' })
    expect(await source.bulk.preview('retry', { states: ['cancelled'] })).toMatchObject({ count: 1 })
    await source.queues.pauseGroup('mail', 'acme')
    expect((await source.queues.limits('mail')).frozen).toMatchObject([{ group: 'acme' }])
    await source.queues.resume('mail')
    await source.workers.setConcurrency(7)
    expect(worker.concurrency).toBe(7)
    await source.workers.pause()
    expect(merge((await source.workers.processes()).processes)?.snapshot.worker.state).toBe('paused')

    const { entries } = await source.access.audit()
    expect(entries.map(({ operation }) => operation)).toContain('pauseGroup')
  })

  test('an unknown job, and what cannot be, are errors with a code', async () => {
    const { source } = await apiOver(place, [slow, fails])
    await expect(source.jobs.get('nobody')).rejects.toMatchObject({ code: 'FW_JOB_UNKNOWN' })
    await expect(source.workers.reload()).rejects.toMatchObject({ code: 'FW_RELOAD_REFUSED' })
  })
})
