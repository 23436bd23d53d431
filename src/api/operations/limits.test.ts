import { describe, expect, test, vi } from 'vitest'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../job/definition.ts'
import { unchecked } from '../../job/schema.ts'

const call = defineJob(
  'call',
  { input: unchecked<{ tenant: string }>(), queue: 'calls', group: ({ tenant }) => tenant },
  () => undefined,
)

describe('limits and groups', () => {
  test('a group is found, held back, limited and let go', async () => {
    const { api } = await serveStore([call])
    await api.jobs.submitMany(['a', 'a', 'a', 'b'].map((tenant) => ({ name: 'call', input: { tenant } })))
    await api.queues.pauseGroup('calls', 'a')
    expect((await api.queues.limits('calls')).frozen).toMatchObject([{ group: 'a' }])
    expect((await api.queues.limiters()).frozen).toMatchObject([{ queue: 'calls', group: 'a' }])
    await api.queues.resumeGroup('calls', 'a')
    expect((await api.queues.limits('calls')).frozen).toEqual([])
    await api.queues.setLimits('calls', { group: 'a' }, { rates: [{ tokens: 5, perMs: 1_000 }], weight: 2 })
    await api.queues.setLimits('calls', 'queue', { depthMax: 100 })
    const limits = await api.queues.setConcurrency('calls', 3)
    expect(limits).toMatchObject({
      queue: { depthMax: 100, concurrencyMax: 3 },
      group: { a: { rates: [{ tokens: 5, perMs: 1_000, burst: 5 }], weight: 2 } },
    })
    expect((await api.queues.setConcurrency('calls', null)).queue).toEqual({ depthMax: 100 })
    await expect(api.queues.setLimits('calls', 'queue', { weight: 2 })).rejects.toMatchObject({
      code: 'FW_JOB_INVALID',
    })
  })

  test('what is left of a limit is told, and when the next job may start', async () => {
    const { api, work } = await serveStore([call])
    const hourMs = 3_600_000
    const rate = { tokens: 2, perMs: 2 * hourMs, burst: 2 }
    await api.queues.setLimits('calls', 'groups', { rates: [rate] })
    await api.queues.setLimits('calls', 'queue', { quota: { jobs: 10, perMs: 3_650 * 24 * hourMs } })
    await api.jobs.submitMany(['a', 'a', 'a'].map((tenant) => ({ name: 'call', input: { tenant } })))
    const full = { rates: [{ ...rate, left: 2, fullInMs: 0 }], nextInMs: 0 }
    expect(await api.queues.groups('calls')).toEqual([{ group: 'a', ready: 3, running: 0, left: full }])
    await work()
    await vi.waitFor(async () => expect(await api.queues.groups('calls')).toMatchObject([{ held: 'rate', ready: 1 }]))
    const [group] = await api.queues.groups('calls')
    expect(group!.left).toMatchObject({ rates: [{ ...rate, left: 0 }] })
    expect(group!.nextInMs).toBeGreaterThan(hourMs - 60_000)
    expect(group!.nextInMs).toBeLessThanOrEqual(hourMs)
    const { left } = await api.queues.limits('calls')
    expect(left).toMatchObject({ rates: [], quota: { jobs: 10, left: 8 }, nextInMs: 0 })
    expect((await api.queues.limiters()).queues).toMatchObject([{ queue: 'calls', left: { quota: { left: 8 } } }])
  })

  test('a queue is paused, looked into and resumed', async () => {
    const { api } = await serveStore([call])
    const { id } = await api.jobs.submit({ name: 'call', input: { tenant: 'a' } })
    await api.queues.pause('calls')
    expect(await api.queues.get('calls')).toMatchObject({ ready: 1, paused: true })
    expect((await api.queues.next('calls')).map((job) => job.id)).toEqual([id])
    await api.queues.resume('calls')
    expect(await api.queues.get('calls')).toMatchObject({ paused: false })
    expect(await api.jobs.cancel(id)).toEqual({ id, outcome: 'cancelled' })
    expect(await api.jobs.remove(id)).toEqual({ id, outcome: 'removed' })
    await expect(api.jobs.get(id)).rejects.toMatchObject({ code: 'FW_JOB_UNKNOWN', status: 404 })
  })
})
