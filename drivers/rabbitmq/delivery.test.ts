import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { aJob, noRabbitmq, rabbitmqWorld } from '../../test/support/rabbitmq.ts'
import { done, idsOf, retry } from '../conformance/hand.ts'

describe.skipIf(noRabbitmq)('what is taken from RabbitMQ', () => {
  test('not a message more than was asked for, though more wait', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    const a = await open()
    await a.add(...Array.from({ length: 50 }, () => aJob()))
    expect(await a.take('q', 20)).toHaveLength(20)
    expect((await channel.checkQueue(names.queue('q'))).messageCount).toBe(30)
  })

  test('a verdict right before close is heard: the job does not come again as one whose worker died', async () => {
    const { open } = await rabbitmqWorld()
    for (let i = 0; i < 20; i++) {
      const a = await open()
      await a.add(aJob({ id: `done-${i}` }), aJob({ id: `retry-${i}` }))
      // A reserve that waits answers with the first that comes.
      const jobs = await a.take('q', 2)
      expect(jobs).toHaveLength(2)
      await Promise.all(jobs.map((loan) => a.settleOne(loan, loan.job.id.startsWith('done') ? done : retry)))
      await a.driver.close()
      const b = await open()
      const { jobs: back } = await b.reserve('q', 2, { waitMs: 5_000 })
      await b.settle(back, done)
      expect(back.map(({ job, attempts, crashes }) => [job.id, attempts, crashes])).toEqual([[`retry-${i}`, 2, 0]])
      expect(await b.take('q')).toEqual([])
      await b.driver.close()
    }
  })

  test('an aborted wait leaves each job somewhere, and each comes out once', async () => {
    const { open } = await rabbitmqWorld()
    const [a, b] = [await open(), await open()]
    const jobs = Array.from({ length: 40 }, () => aJob())
    const out: string[] = []
    for (const [i, job] of jobs.entries()) {
      const stop = new AbortController()
      const pending = a.reserve('q', 10, { waitMs: 5_000, signal: stop.signal })
      if (i % 3 === 0) await sleep(1)
      const adding = b.add(job)
      if (i % 2 === 0) await Promise.resolve()
      stop.abort()
      await adding
      const { jobs: got } = await pending
      out.push(...idsOf(got))
      await a.settle(got, done)
    }
    await vi.waitFor(
      async () => {
        const got = await b.take('q')
        out.push(...idsOf(got))
        await b.settle(got, done)
        expect(out.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
      },
      { timeout: 5_000, interval: 50 },
    )
  })

  test('what was prefetched and not handed out is somebody else’s after a moment, and no suspect', async () => {
    const { open } = await rabbitmqWorld()
    const [a, b] = [await open(), await open()]
    await a.add(aJob({ queue: 'q' }))
    const [loan] = (await a.reserve('q', 5)).jobs
    await a.settle([loan!], done)
    // The broker may push this one to the consumer that is still there.
    await a.add(aJob({ id: 'late' }))
    const { jobs } = await b.reserve('q', 5, { waitMs: 5_000 })
    expect(jobs.map(({ job, attempts, crashes }) => [job.id, attempts, crashes])).toEqual([['late', 1, 0]])
  })

  test('dead letters lie in a queue of their own, with outcome and reason', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    const a = await open()
    await a.add(aJob({ id: 'x', body: '{"v":1,"d":7}' }), aJob({ id: 'y' }))
    const [x, y] = await a.take('q')
    await a.settleOne(x!, { kind: 'dead', reason: 'no luck' })
    await a.settleOne(y!, { kind: 'quarantined', reason: 'it kills' })
    const letters = [await channel.get(names.dead('q')), await channel.get(names.dead('q'))]
    const told = letters.map(
      (letter) =>
        letter && [
          letter.properties.messageId,
          letter.properties.headers!['fiber-work-outcome'],
          letter.properties.headers!['fiber-work-reason'],
          letter.content.toString(),
        ],
    )
    expect(told).toEqual([
      ['x', 'dead', 'no luck', '{"v":1,"d":7}'],
      ['y', 'quarantined', 'it kills', '{"v":1}'],
    ])
  })

  test('a delay counts from when the job was sent', async () => {
    const { open } = await rabbitmqWorld()
    const a = await open()
    const sentAtMs = Date.now()
    await a.add(aJob({ due: { inMs: 200 } }))
    const { jobs } = await a.reserve('q', 1, { waitMs: 5_000 })
    const tookMs = Date.now() - sentAtMs
    expect(tookMs).toBeGreaterThanOrEqual(199)
    expect(jobs[0]!.waitedMs).toBeLessThanOrEqual(tookMs - 199)
  })

  test('a deleted queue is made anew, for the producer and for who waits at it', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    const [a, b] = [await open(), await open()]
    await b.add(aJob())
    await a.settle(await a.take('q'), done)
    await channel.deleteQueue(names.queue('q'))
    // As the core does it: the call is repeated.
    const call = b.call()
    const job = aJob()
    await b.enqueue([job], call).catch(() => b.enqueue([job], call))
    expect((await a.reserve('q', 1, { waitMs: 5_000 })).jobs.map((loan) => loan.job.id)).toEqual([job.id])
  })

  test('a queue that takes no more says full, and a retry into it is not lost', async () => {
    const { open, queueArguments } = await rabbitmqWorld()
    const a = await open({ queueArguments: { ...queueArguments, 'x-max-length': 2, 'x-overflow': 'reject-publish' } })
    const added = []
    for (let i = 0; i < 4; i++) added.push(...(await a.enqueue([aJob()])))
    expect(added.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'full', 'full'])
    const loan = await a.takeOne('q')
    await a.add(aJob())
    const call = a.call()
    await expect(a.settle([loan], { kind: 'retry' }, call)).rejects.toThrow('takes no more')
    const other = await a.takeOne('q')
    await a.settleOne(other, done)
    expect((await a.settle([loan], { kind: 'retry' }, call))[0]?.outcome).toBe('unsure')
    expect(new Set((await a.take('q')).map(({ attempts }) => attempts))).toEqual(new Set([1, 2]))
  })
})
