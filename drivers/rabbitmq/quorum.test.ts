import { describe, expect, test } from 'vitest'
import { aJob, noRabbitmq, rabbitmqWorld } from '../../test/support/rabbitmq.ts'
import { dead, done, release, retry } from '../conformance/hand.ts'

const quorum = { type: 'quorum' } as const

describe.skipIf(noRabbitmq)('quorum queues', () => {
  test('a retry counts an attempt, a release none, a delay waits, and a dead job lies aside', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    const a = await open(quorum)
    const next = async () => (await a.reserve('q', 1, { waitMs: 5_000 })).jobs[0]!
    await a.add(aJob({ id: 'x' }))
    expect(await a.settleOne(await next(), retry)).toBe('unsure')
    const second = await next()
    expect([second.attempts, second.crashes]).toEqual([2, 0])
    await a.settleOne(second, release)
    const third = await next()
    expect([third.attempts, third.crashes]).toEqual([2, 0])
    const delayedAtMs = Date.now()
    await a.settleOne(third, { kind: 'retry', due: { inMs: 300 } })
    const fourth = await next()
    expect(Date.now() - delayedAtMs).toBeGreaterThanOrEqual(295)
    expect(fourth.attempts).toBe(3)
    await a.settleOne(fourth, dead)
    expect(await a.take('q')).toEqual([])
    await expect.poll(async () => (await channel.checkQueue(names.dead('q'))).messageCount).toBe(1)
  })

  test('the broker counts how often a job came back from the dead: its crashes', async () => {
    const { open, names, channel } = await rabbitmqWorld()
    const a = await open(quorum)
    await a.add(aJob({ id: 'x' }))
    // Somebody takes it and does not end it.
    const taken = await channel.get(names.queue('q'))
    expect(taken).not.toBe(false)
    channel.nackAll(true)
    const { jobs } = await a.reserve('q', 1, { waitMs: 5_000 })
    expect(jobs.map(({ job, attempts, crashes }) => [job.id, attempts, crashes])).toEqual([['x', 1, 1]])
    expect(await a.settleOne(jobs[0]!, done)).toBe('unsure')
  })
})

describe.skipIf(noRabbitmq)('queues without priorities', () => {
  test.for([quorum, { order: 'fifo' } as const])(
    '%o: jobs are given out in the order in which they came, and a priority changes nothing',
    async (options) => {
      const { open } = await rabbitmqWorld()
      const a = await open(options)
      expect(a.driver.traits.order).toBe('fifo')
      await a.add(aJob({ id: 'one', priority: 1 }), aJob({ id: 'two', priority: 9 }), aJob({ id: 'three' }))
      const { jobs } = await a.reserve('q', 3, { waitMs: 2_000 })
      expect([...jobs, ...(await a.take('q'))].map(({ job }) => job.id)).toEqual(['one', 'two', 'three'])
    },
  )
})
