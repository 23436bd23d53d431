import { describe, expect, it } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { type Env, systemEnv } from '../base/env.ts'
import { connect, defineJob, defineQueue } from '../index.ts'

/** Three seconds are 30 ms. */
const quick: Env = {
  ...systemEnv,
  setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, delayMs === 3_000 ? 30 : delayMs, kind),
}

function two() {
  const held = gate()
  const run = { busy: 0, calm: 0 }
  const job = (queue: 'busy' | 'calm') =>
    defineJob(queue, { queue: defineQueue(queue) }, async () => {
      run[queue]++
      await held.opened
      run[queue]--
    })
  return { held, run, busy: job('busy'), calm: job('calm') }
}

describe('queues with min and max', () => {
  it('begin by weight; slots move to where jobs wait, and the others keep their min', async () => {
    const moved = heard('queue.balanced')
    const { held, run, busy, calm } = two()
    const queues = { busy: { min: 2, max: 14 }, calm: { min: 2 } }
    const { client } = await working([busy, calm], { concurrency: 16, queues, connect: { env: quick } })
    await client.enqueueMany(busy, Array.from({ length: 40 }))
    await until(() => run.busy === 14)
    expect(moved.filter(({ queue }) => queue === 'busy').map(({ from, to }) => [from, to])).toEqual([
      [8, 10],
      [10, 12],
      [12, 14],
    ])
    // What is left is enough for the other one to begin at once.
    await client.enqueueMany(calm, Array.from({ length: 5 }))
    await until(() => run.calm >= 2)
    expect(run.busy + run.calm).toBeLessThanOrEqual(16)
    held.open()
  })

  it('what is set by hand stays', async () => {
    const moved = heard('queue.balanced')
    const { held, run, busy, calm } = two()
    const queues = { busy: { min: 1, concurrency: 4 }, calm: { min: 1, concurrency: 4 } }
    const { client, worker } = await working([busy, calm], { concurrency: 8, queues, connect: { env: quick } })
    worker.setQueueConcurrency('busy', 3)
    await client.enqueueMany(busy, Array.from({ length: 40 }))
    await until(() => run.busy === 3)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect([run.busy, moved.filter(({ queue }) => queue === 'busy')]).toEqual([3, []])
    held.open()
  })

  it('nothing of it where no queue has them', async () => {
    const asked: number[] = []
    const counting: Env = {
      ...systemEnv,
      setTimer: (run, delayMs, kind) => {
        asked.push(delayMs)
        return systemEnv.setTimer(run, delayMs, kind)
      },
    }
    const { busy, calm } = two()
    await working([busy, calm], { concurrency: 8, connect: { env: counting } })
    expect(asked).not.toContain(3_000)
  })

  it('more min than there is', async () => {
    await using client = await connect('memory:')
    const { busy, calm } = two()
    await expect(
      client.work([busy, calm], { concurrency: 8, queues: { busy: { min: 6 }, calm: { min: 3 } } }),
    ).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining('busy 6, calm 3') as string })
    await expect(client.work([busy], { queues: { busy: { min: 6, max: 5 } } })).rejects.toMatchObject({
      code: 'FW_CONFIG_INVALID',
    })
  })
})
