import assert from 'node:assert/strict'
import { done } from './hand.ts'
import { inspectorOf, law, lawIf } from './law.ts'
import type { Concern } from './law.ts'

export const enqueue: Concern = {
  name: 'enqueue',
  laws: [
    law('answers one outcome a job, in their order', async (trial) => {
      const a = await trial.open()
      const jobs = trial.jobs(5)
      assert.deepEqual(
        await a.enqueue(jobs),
        jobs.map(({ id }) => ({ outcome: 'added', id })),
      )
    }),

    law('nothing enqueued answers nothing', async (trial) => {
      const a = await trial.open()
      assert.deepEqual(await a.enqueue([]), [])
    }),

    law('an id that is stored already is a duplicate, and the first one stays as it was', async (trial) => {
      const a = await trial.open()
      const job = trial.job({ body: 'first' })
      await a.add(job)
      assert.deepEqual(await a.enqueue([{ ...job, body: 'second' }]), [{ outcome: 'duplicate', id: job.id }])
      assert.equal((await a.takeOne('q')).job.body, 'first')
    }),

    law('an id twice in one call is added once', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      assert.deepEqual(await a.enqueue([job, job]), [
        { outcome: 'added', id: job.id },
        { outcome: 'duplicate', id: job.id },
      ])
      assert.equal((await a.depth('q')).ready, 1)
    }),

    law('an id is taken in every queue, not in its own alone', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      assert.deepEqual(await a.enqueue([{ ...job, queue: 'other' }]), [{ outcome: 'duplicate', id: job.id }])
      assert.equal((await a.depth('other')).ready, 0)
    }),

    law('an id that runs is a duplicate, and the running job is not touched', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      const loan = await a.takeOne('q')
      assert.deepEqual(await a.enqueue([{ ...job, body: 'late' }]), [{ outcome: 'duplicate', id: job.id }])
      assert.deepEqual(await a.takeIds('q'), [])
      assert.notEqual(await a.settleOne(loan, done), 'stale')
    }),

    law('an id that is done and gone may be used again', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      await a.settleOne(await a.takeOne('q'), done)
      await a.add(job)
      assert.deepEqual(await a.takeIds('q'), [job.id])
    }),

    law('a job comes back as it was given', async (trial) => {
      const a = await trial.open()
      const job = trial.job({ group: 'g', priority: 9, tags: ['x', 'y'], headers: { traceparent: '00-a-b-01', z: '' } })
      await a.add(job, trial.job({ queue: 'bare' }))
      const { job: got } = await a.takeOne('q')
      assert.deepEqual({ ...got }, { ...job })
      const bare = { ...(await a.takeOne('bare')).job }
      assert.deepEqual(
        Object.keys(bare).filter((key) => bare[key as keyof typeof bare] !== undefined),
        ['id', 'queue', 'name', 'priority', 'body'].filter((key) => key in bare),
      )
    }),

    law('what a caller does to its job afterwards, or to one on loan, does not reach the store', async (trial) => {
      const a = await trial.open()
      const job = trial.job({ tags: ['kept'], headers: { kept: '1' } })
      await a.add(job)
      job.tags!.push('late')
      job.headers!['late'] = '1'
      job.body = 'late'
      const loan = await a.takeOne('q')
      assert.deepEqual(loan.job.tags, ['kept'])
      loan.job.tags.push('later')
      loan.job.headers!['later'] = '1'
      loan.job.body = 'later'
      await a.settleOne(loan, { kind: 'retry' })
      const again = await a.takeOne('q')
      assert.deepEqual(again.job.tags, ['kept'])
      assert.deepEqual(again.job.headers, { kept: '1' })
      assert.notEqual(again.job.body, 'later')
    }),

    law('a batch may hold jobs of several queues, groups and priorities', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job(), trial.job({ queue: 'r', group: 'g' }), trial.job({ queue: 'r', priority: 0 }))
      assert.equal((await a.depth('q')).ready, 1)
      assert.equal((await a.depth('r')).ready, 2)
    }),

    law('the biggest batch that the traits allow is taken', async (trial) => {
      const a = await trial.open()
      const count = Math.min(a.driver.traits.batchMax, 5_000)
      await a.add(...trial.jobs(count))
      const loans = await a.take('q', count)
      assert.equal(loans.length, count)
      const settled = await a.settle(loans, done)
      assert.equal(settled.length, count)
      assert.equal((await a.depth('q')).running, 0)
    }),

    lawIf(
      { inspector: true },
      'a client that only enqueues needs no worker, and its jobs outlive it',
      async (trial) => {
        const a = await trial.open()
        const job = trial.job()
        await a.add(job)
        await a.driver.close()
        const b = await trial.open()
        const [record] = await inspectorOf(b).find([job.id])
        assert.equal(record?.state, 'ready')
      },
    ),
  ],
}
