import assert from 'node:assert/strict'
import type { DriverTraits, FiberWorkError, Verdict } from '../../src/contract/index.ts'
import { fenceLaws } from './fence.ts'
import { dead, done, release, retry } from './hand.ts'
import { inspectorOf, law, lawIf, leaseMsShort, written } from './law.ts'
import type { Concern } from './law.ts'

const follows = { traits: ({ followUps }: DriverTraits) => followUps === 'atomic' }
const unique = { traits: ({ followUps, unique }: DriverTraits) => followUps === 'atomic' && unique }
const kept = { traits: ({ history }: DriverTraits) => history, inspector: true } as const
const swept = { traits: ({ followUps, lease }: DriverTraits) => followUps === 'atomic' && lease === 'session' }
const delayed = { traits: ({ followUps, delayMsMax }: DriverTraits) => followUps === 'atomic' && delayMsMax > 0 }

export const settle: Concern = {
  name: 'settle and the fence',
  laws: [
    law('done: the job is gone from the queue', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      written(a, await a.settleOne(await a.takeOne('q'), done))
      const { ready, running, delayed } = await a.depth('q')
      assert.deepEqual({ ready, running, delayed }, { ready: 0, running: 0, delayed: 0 })
    }),

    law('retry: it comes back with one attempt more', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      written(a, await a.settleOne(await a.takeOne('q'), { kind: 'retry', error: 'no luck' }))
      assert.equal((await a.takeOne('q')).attempts, 2)
    }),

    law('release: it comes back, and the attempt is given back', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      for (let i = 0; i < 5; i++) {
        const loan = await a.takeOne('q')
        assert.equal(loan.attempts, 1)
        written(a, await a.settleOne(loan, release))
      }
    }),

    law('dead, quarantined, cancelled: it does not run again by itself', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(3))
      const loans = await a.take('q')
      const kinds = ['dead', 'quarantined', 'cancelled'] as const
      const items = kinds.map((kind, i) => ({ receipt: loans[i]!.receipt, verdict: { kind, reason: 'why not' } }))
      for (const { outcome } of await a.driver.settle(a.call(), items)) written(a, outcome)
      assert.deepEqual(await a.takeIds('q'), [])
    }),

    lawIf(kept, 'dead, quarantined, cancelled are kept with their reason', async (trial) => {
      const a = await trial.open()
      const jobs = trial.jobs(3)
      await a.add(...jobs)
      const loans = await a.take('q')
      const kinds = ['dead', 'quarantined', 'cancelled'] as const
      const items = kinds.map((kind, i) => ({ receipt: loans[i]!.receipt, verdict: { kind, reason: `of ${kind}` } }))
      await a.driver.settle(a.call(), items)
      const records = await inspectorOf(a).find(loans.map(({ job }) => job.id))
      assert.deepEqual(
        records.map((record) => [record?.state, record?.error, record?.attempts]),
        kinds.map((kind) => [kind, `of ${kind}`, 1]),
      )
      const { dead, quarantined, cancelled } = await a.depth('q')
      assert.deepEqual({ dead, quarantined, cancelled }, { dead: 1, quarantined: 1, cancelled: 1 })
    }),

    lawIf(kept, 'done is kept as the verdict says, with its result, and the oldest are trimmed', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(12))
      const keep = { count: 5, ageMs: 3_600_000 }
      for (let i = 0; i < 6; i++) {
        const loans = await a.take('q', 2)
        await a.settle(loans, { kind: 'done', result: `"r${i}"`, keep })
      }
      assert.equal((await a.depth('q')).done, 5)
      const { jobs } = await inspectorOf(a).list({ queue: 'q', states: ['done'] }, { limit: 100 })
      assert.equal(jobs.length, 5)
      assert.equal(jobs.filter(({ result }) => result === '"r5"').length, 2)
      assert.equal(jobs.filter(({ result }) => result === '"r0"').length, 0)
      assert.ok(jobs.every(({ settledAtMs, startedAtMs }) => settledAtMs !== undefined && startedAtMs !== undefined))
    }),

    lawIf(kept, 'done that is older than its age is trimmed when others settle', async (trial) => {
      const a = await trial.open()
      const keep = { count: 100, ageMs: 50 }
      await a.add(...trial.jobs(4))
      await a.settle(await a.take('q', 3), { kind: 'done', keep })
      await trial.store.advance(100)
      await a.settle(await a.take('q', 1), { kind: 'done', keep })
      assert.ok((await a.depth('q')).done <= 1)
    }),

    lawIf(kept, 'done without keep, or of count 0, leaves no record', async (trial) => {
      const a = await trial.open()
      const jobs = trial.jobs(2)
      await a.add(...jobs)
      const [first, second] = await a.take('q')
      await a.settleOne(first!, done)
      await a.settleOne(second!, { kind: 'done', keep: { count: 0, ageMs: 1_000 } })
      assert.deepEqual(await inspectorOf(a).find(jobs.map(({ id }) => id)), [undefined, undefined])
    }),

    lawIf(
      { traits: ({ history }) => history },
      'a done job that is kept counts as done, and as nothing else',
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job())
        await a.settleOne(await a.takeOne('q'), { kind: 'done', result: '1', keep: { count: 9, ageMs: 60_000 } })
        const { done, ready, running } = await a.depth('q')
        assert.deepEqual({ done, ready, running }, { done: 1, ready: 0, running: 0 })
      },
      async (trial) => {
        // Who keeps no history drops what is to be kept, and counts nothing.
        const a = await trial.open()
        const job = trial.job()
        await a.add(job)
        const verdict: Verdict = { kind: 'done', result: '1', keep: { count: 9, ageMs: 60_000 } }
        written(a, await a.settleOne(await a.takeOne('q'), verdict))
        assert.equal((await a.depth('q')).done, 0)
        assert.deepEqual(await a.takeIds('q'), [])
        if (a.driver.inspector) assert.deepEqual(await a.driver.inspector.find([job.id]), [undefined])
      },
    ),

    ...fenceLaws,

    law('nothing settled answers nothing', async (trial) => {
      const a = await trial.open()
      assert.deepEqual(await a.driver.settle(a.call(), []), [])
    }),

    law('one call may settle many in different ways', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(4))
      const loans = await a.take('q')
      const verdicts = [done, retry, release, dead]
      const items = loans.map(({ receipt }, i) => ({ receipt, verdict: verdicts[i]! }))
      for (const { outcome } of await a.driver.settle(a.call(), items)) written(a, outcome)
      const back = await a.take('q')
      assert.deepEqual(new Set(back.map(({ attempts }) => attempts)), new Set([1, 2]))
      assert.equal((await a.depth('q')).running, 2)
    }),

    lawIf(
      follows,
      'follow-ups are enqueued with the verdict and answered',
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job())
        const loan = await a.takeOne('q')
        const followUps = [trial.job(), trial.job({ queue: 'r' })]
        const [settled] = await a.settle([loan], { kind: 'done', followUps })
        assert.deepEqual(settled, {
          outcome: 'settled',
          followUps: followUps.map(({ id }) => ({ outcome: 'added', id })),
        })
        assert.equal((await a.depth('q')).ready, 1)
        assert.equal((await a.depth('r')).ready, 1)
      },
      async (trial) => {
        // The core enqueues them itself: the driver refuses them, or leaves them alone. It neither answers for them nor enqueues them once more.
        const a = await trial.open()
        await a.add(trial.job())
        const verdict: Verdict = { kind: 'done', followUps: [trial.job({ queue: 'r' })] }
        const settled = await a.settle([await a.takeOne('q')], verdict).catch((error: unknown) => {
          assert.equal((error as FiberWorkError).code, 'FW_DRIVER_TRAIT')
        })
        assert.equal(settled?.[0]?.followUps, undefined)
        assert.deepEqual(await a.takeIds('r'), [])
      },
    ),

    lawIf(follows, 'a follow-up may take the id of the job that ends, where that is not kept', async (trial) => {
      const a = await trial.open()
      const other = trial.job()
      await a.add(trial.job({ id: 'again' }), other)
      const followUps = [trial.job({ id: 'again' }), trial.job({ id: other.id })]
      const [settled] = await a.settle([await a.takeOne('q')], { kind: 'done', followUps })
      assert.deepEqual(settled?.followUps, [
        { outcome: 'added', id: 'again' },
        { outcome: 'duplicate', id: other.id },
      ])
      const next = await a.takeOne('q')
      if (!a.driver.traits.history) return
      const keep = { count: 10, ageMs: 60_000 }
      const { id } = next.job
      const [kept] = await a.settle([next], { kind: 'done', keep, followUps: [trial.job({ id })] })
      assert.deepEqual(kept?.followUps, [{ outcome: 'duplicate', id }])
    }),

    lawIf(delayed, 'a follow-up may be delayed', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const late = trial.job({ queue: 'r', due: { inMs: 3_600_000 } })
      const [settled] = await a.settle([await a.takeOne('q')], { kind: 'done', followUps: [late] })
      assert.deepEqual(settled?.followUps, [{ outcome: 'added', id: late.id }])
      assert.equal((await a.depth('r')).delayed, 1)
    }),

    lawIf(swept, 'a stale settle enqueues no follow-ups', async (trial) => {
      const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      await trial.letDie()
      await b.driver.sweep(100)
      const [settled] = await a.settle([loan], { kind: 'done', followUps: [trial.job({ queue: 'r' })] })
      assert.equal(settled?.outcome, 'stale')
      assert.equal(settled?.followUps, undefined)
      assert.equal((await b.depth('r')).ready, 0)
      assert.equal((await b.depth('q')).ready, 1)
    }),

    lawIf(
      unique,
      'a follow-up may take over the key of the job that ends, not of one that is retried',
      async (trial) => {
        const a = await trial.open()
        const key = { key: 'tick', mode: 'keep' } as const
        await a.add(trial.job({ unique: key }))
        const next = trial.job({ unique: key })
        const [ended] = await a.settle([await a.takeOne('q')], { kind: 'done', followUps: [next] })
        assert.deepEqual(ended?.followUps, [{ outcome: 'added', id: next.id }])
        const late = trial.job({ unique: key })
        const [retried] = await a.settle([await a.takeOne('q')], { kind: 'retry', followUps: [late] })
        assert.deepEqual(retried?.followUps, [{ outcome: 'duplicate', id: next.id }])
      },
    ),

    lawIf({ inspector: true }, 'the newest error is told until the job starts over', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      await a.settleOne(await a.takeOne('q'), { kind: 'retry', error: 'first' })
      await a.settleOne(await a.takeOne('q'), { kind: 'retry', error: 'second' })
      const [record] = await inspectorOf(a).find([job.id])
      assert.equal(record?.error, 'second')
    }),

    lawIf(kept, 'the newest error is told of a done job too, beside its result or without one', async (trial) => {
      const a = await trial.open()
      const jobs = ['a', 'b', 'c'].map((queue) => trial.job({ queue }))
      await a.add(...jobs)
      const keep = { count: 10, ageMs: 3_600_000 }
      for (const queue of ['a', 'b']) {
        await a.settleOne(await a.takeOne(queue), { kind: 'retry', error: `no luck in ${queue}` })
      }
      await a.settleOne(await a.takeOne('a'), { kind: 'done', result: '"luck"', keep })
      await a.settleOne(await a.takeOne('b'), { kind: 'done', keep })
      await a.settleOne(await a.takeOne('c'), { kind: 'done', result: '"at once"', keep })
      const records = await inspectorOf(a).find(jobs.map(({ id }) => id))
      assert.deepEqual(
        records.map((record) => [record?.state, record?.error, record?.result]),
        [
          ['done', 'no luck in a', '"luck"'],
          ['done', 'no luck in b', undefined],
          ['done', undefined, '"at once"'],
        ],
      )
    }),
  ],
}
