import { describe, expect, it } from 'vitest'
import { endless, sticks, waits, where } from '../../test/support/thread-jobs.ts'
import { threadWorker } from '../../test/support/thread-work.ts'
import { heard, until, working } from '../../test/support/work.ts'
import type { Client } from '../index.ts'

const made = threadWorker([endless, sticks, waits, where])

async function begun(
  client: Client,
  how: 'obeys' | 'ignores' | 'computes',
  options: { timeoutMs?: number; ms?: number } = {},
) {
  const { ms, ...enqueue } = options
  const sent = await client.enqueue(waits, { how, ...(ms !== undefined && { ms }) }, enqueue)
  await until(async () => (await sent.status())?.progress === '"waiting"')
  return sent
}

describe('a timeout', () => {
  it('ends an endless loop with its thread; the main loop and the other thread go on', async () => {
    const terminated = heard('thread.terminated')
    const beside = await begun(made.client, 'obeys')
    const started = performance.now()
    const sent = await made.client.enqueue(endless)
    let turns = 0
    const turning = setInterval(() => turns++, 5)
    await expect(sent.result()).rejects.toThrow(/FW_HANDLER_TIMEOUT.*100 ms/)
    clearInterval(turning)
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(turns).toBeGreaterThan(20)
    expect(terminated).toMatchObject([{ name: 'endless', why: 'unanswered' }])
    expect((await beside.status())?.state).toBe('running')
    await made.client.cancel([beside.id])
    await until(async () => (await beside.status())?.state === 'cancelled')
  })

  it('aborts the signal in the thread, with its reason, and the thread lives on', async () => {
    const [log, terminated] = [heard('job.log'), heard('thread.terminated')]
    const sent = await begun(made.client, 'obeys', { timeoutMs: 300 })
    await expect(sent.result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    expect(log.map(({ fields }) => fields)).toEqual([{ reason: 'FW_HANDLER_TIMEOUT' }])
    expect(terminated).toEqual([])
  })

  it('lets a value count that comes late, when nobody has asked for the signal', async () => {
    const sent = await begun(made.client, 'computes', { timeoutMs: 200, ms: 500 })
    expect(await sent.result()).toBe('computed')
  })

  it('that is ignored makes the job stuck, and ends its thread', async () => {
    const [stuck, terminated] = [heard('job.stuck'), heard('thread.terminated')]
    const sent = await made.client.enqueue(sticks, { how: 'ignores' }, { timeoutMs: 300 })
    await expect(sent.result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    expect(stuck).toHaveLength(1)
    expect(terminated).toMatchObject([{ id: sent.id, why: 'stuck' }])
    expect(await (await made.client.enqueue(where)).result()).toMatchObject({ isMainThread: false })
  })
})

describe('a cancel', () => {
  it('reaches a handler that listens, and ends one that computes', async () => {
    const terminated = heard('thread.terminated')
    const [listens, computes] = [await begun(made.client, 'obeys'), await begun(made.client, 'computes')]
    await made.client.cancel([listens.id, computes.id])
    await until(async () => (await listens.status())?.state === 'cancelled')
    await until(async () => (await computes.status())?.state === 'cancelled')
    expect(terminated.map(({ id }) => id)).toEqual([computes.id])
  })
})

describe('a shutdown', () => {
  it('lets jobs end within the grace, gives the others back, and leaves no thread', async () => {
    const { client, worker } = await working([waits], { threads: 3 })
    const quick = await begun(client, 'ignores', { ms: 300 })
    const [slow, blocked] = [await begun(client, 'ignores'), await begun(client, 'computes')]
    expect(await worker.stop({ graceMs: 2_000 })).toBe(2)
    expect(await quick.result()).toBe('slept')
    const states = [await slow.status(), await blocked.status()]
    expect(states.map((status) => [status?.state, status?.attempts])).toEqual([
      ['ready', 0],
      ['ready', 0],
    ])
  })

  it('gives back at once what waits for a thread', async () => {
    const { client, worker } = await working([waits], { threads: 1 })
    worker.setQueueConcurrency('threads', 3)
    const first = await begun(client, 'obeys')
    const others = await client.enqueueMany(waits, [{ how: 'obeys' }, { how: 'obeys' }])
    await until(() => worker.running === 3)
    const stopping = worker.stop({ graceMs: 5_000 })
    await until(() => worker.running === 1)
    await worker.stop()
    expect(await stopping).toBe(3)
    const all = await client.find([first.id, ...others.map(({ id }) => id)])
    expect(all.map((record) => [record?.state, record?.attempts])).toEqual(Array(3).fill(['ready', 0]))
  })
})
