import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done, release, retry } from './hand.ts'
import { inspectorOf, lawIf, leaseMsShort } from './law.ts'
import type { Concern } from './law.ts'

const can = { inspector: true } as const
const swept = { ...can, traits: ({ lease }: DriverTraits) => lease === 'session' }

export const cancel: Concern = {
  name: 'cancel',
  laws: [
    lawIf(can, 'a waiting job is cancelled at once', async (trial) => {
      const a = await trial.open()
      const [ready, delayed] = [trial.job(), trial.job({ due: { inMs: 3_600_000 } })]
      await a.add(ready, delayed)
      const inspector = inspectorOf(a)
      assert.deepEqual(await inspector.cancel([ready.id, delayed.id]), ['cancelled', 'cancelled'])
      assert.deepEqual(await a.takeIds('q'), [])
      const depth = await a.depth('q')
      assert.deepEqual([depth.ready, depth.delayed, depth.cancelled], [0, 0, 2])
      const [record] = await inspector.find([ready.id])
      assert.equal(record?.state, 'cancelled')
    }),

    lawIf(
      can,
      'a running job goes on, and its worker hears of it by every beat until it settles',
      async (trial) => {
        const [a, b] = [await trial.open(), await trial.open()]
        const job = trial.job()
        await a.add(job)
        const loan = await a.takeOne('q')
        await a.add(trial.job())
        assert.deepEqual(await inspectorOf(b).cancel([job.id]), ['cancelling'])
        assert.deepEqual(await inspectorOf(b).cancel([job.id]), ['cancelling'])
        const [record] = await inspectorOf(b).find([job.id])
        assert.equal(record?.state, 'running')
        assert.equal(record.cancelling, true)
        assert.deepEqual((await a.beat({ running: 1 })).cancelled, [loan.receipt])
        assert.deepEqual((await a.beat({ running: 1 })).cancelled, [loan.receipt])
        assert.deepEqual((await b.beat()).cancelled, [])
        await a.settleOne(loan, { kind: 'cancelled', reason: 'asked' })
        assert.deepEqual((await a.beat()).cancelled, [])
        assert.equal((await a.depth('q')).cancelled, 1)
      },
      async (trial) => {
        // Nobody can cancel, and no beat says that somebody did.
        const a = await trial.open()
        await a.add(trial.job())
        const loan = await a.takeOne('q')
        assert.deepEqual((await a.beat({ running: 1 })).cancelled, [])
        assert.notEqual(await a.settleOne(loan, { kind: 'cancelled', reason: 'by its handler' }), 'stale')
        assert.deepEqual(await a.takeIds('q'), [])
      },
    ),

    lawIf(can, 'a job that is done first is done', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      const loan = await a.takeOne('q')
      await inspectorOf(a).cancel([job.id])
      assert.notEqual(await a.settleOne(loan, { kind: 'done', keep: { count: 9, ageMs: 60_000 } }), 'stale')
      const { done, cancelled } = await a.depth('q')
      assert.equal(cancelled, 0)
      if (a.driver.traits.history) assert.equal(done, 1)
    }),

    lawIf(can, 'a cancelled job that is retried or released does not run again', async (trial) => {
      const a = await trial.open()
      for (const verdict of [retry, release, { kind: 'retry', due: { inMs: 3_600_000 } } as const]) {
        const job = trial.job()
        await a.add(job)
        const loan = await a.takeOne('q')
        await inspectorOf(a).cancel([job.id])
        assert.notEqual(await a.settleOne(loan, verdict), 'stale')
        assert.deepEqual(await a.takeIds('q'), [])
        const [record] = await inspectorOf(a).find([job.id])
        assert.equal(record?.state, 'cancelled')
      }
      const { ready, delayed, running, cancelled } = await a.depth('q')
      assert.deepEqual({ ready, delayed, running, cancelled }, { ready: 0, delayed: 0, running: 0, cancelled: 3 })
    }),

    lawIf(swept, 'nor one whose worker died', async (trial) => {
      const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
      const job = trial.job({ unique: { key: 'k', mode: 'keep' } })
      await a.add(job)
      await a.takeOne('q')
      await inspectorOf(b).cancel([job.id])
      await trial.letDie()
      assert.equal((await b.driver.sweep(100)).taken, 1)
      assert.deepEqual(await b.takeIds('q'), [])
      const [record] = await inspectorOf(b).find([job.id])
      assert.equal(record?.state, 'cancelled')
      await b.add(trial.job({ unique: { key: 'k', mode: 'keep' } }))
    }),

    lawIf(can, 'what is settled or unknown is told, one answer an id', async (trial) => {
      const a = await trial.open()
      const [kept, gone] = [trial.job(), trial.job()]
      await a.add(kept, gone)
      const loans = await a.take('q')
      await a.settle(
        loans.filter(({ job }) => job.id === kept.id),
        { kind: 'dead', reason: 'x' },
      )
      await a.settle(
        loans.filter(({ job }) => job.id === gone.id),
        done,
      )
      const answers = await inspectorOf(a).cancel(['never-was', kept.id, gone.id])
      assert.deepEqual(answers, ['unknown', 'settled', 'unknown'])
    }),
  ],
}
