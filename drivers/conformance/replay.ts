import assert from 'node:assert/strict'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done, idsOf, release } from './hand.ts'
import { lawIf, leaseMsShort, limitsOf } from './law.ts'
import type { Concern } from './law.ts'

const replays = { traits: ({ replay }: DriverTraits) => replay }
const swept = { traits: ({ replay, lease }: DriverTraits) => replay && lease === 'session' }
const follows = { traits: ({ replay, followUps }: DriverTraits) => replay && followUps === 'atomic' }
const lanes = { traits: ({ replay, lanesMax }: DriverTraits) => replay && lanesMax > 1 }

export const replay: Concern = {
  name: 'repeated calls',
  laws: [
    lawIf(
      replays,
      'enqueue: the same call answers the same and adds once',
      async (trial) => {
        const a = await trial.open()
        const jobs = trial.jobs(3)
        const call = a.call()
        const first = await a.enqueue(jobs, call)
        assert.deepEqual(await a.enqueue(jobs, call), first)
        assert.equal((await a.depth('q')).ready, 3)
      },
      async (trial) => {
        // It may add them twice, which is what at-least-once is about; it may not fail, or forget one.
        const a = await trial.open()
        const jobs = trial.jobs(3)
        const ids = jobs.map(({ id }) => id)
        const call = a.call()
        for (const answers of [await a.enqueue(jobs, call), await a.enqueue(jobs, call)]) {
          assert.deepEqual(
            answers.map(({ id }) => id),
            ids,
          )
        }
        assert.deepEqual([...new Set(await a.takeIds('q'))].toSorted(), ids)
      },
    ),

    lawIf(replays, 'enqueue: also when the jobs are done and gone', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const jobs = trial.jobs(3)
      const call = a.call()
      const first = await a.enqueue(jobs, call)
      await b.settle(await b.take('q'), done)
      assert.deepEqual(await a.enqueue(jobs, call), first)
      assert.deepEqual(await b.takeIds('q'), [])
    }),

    lawIf(
      { ...lanes, limits: true },
      'enqueue: job by job, where some find no room, and when the limit has changed since',
      async (trial) => {
        const a = await trial.open()
        const room = { depthMax: 3 }
        for (const [queue, before, after] of [
          ['q', room, {}],
          ['r', {}, room],
        ] as const) {
          await limitsOf(a).set(queue, 'queue', before, 1)
          const jobs = ['c', 'b', 'a', 'c', 'b'].map((group) => trial.job({ queue, group }))
          const call = a.call(0)
          const first = await a.enqueue(jobs, call)
          const outcomes = first.map(({ outcome }) => outcome)
          const rest = before === room ? 'full' : 'added'
          assert.deepEqual(outcomes, ['added', 'added', 'added', rest, rest])
          await limitsOf(a).set(queue, 'queue', after, 2)
          const others = ['c', 'b'].map((group) => trial.job({ queue, group }))
          await a.enqueue(others, a.call(1))
          assert.deepEqual(await a.enqueue(jobs, call), first)
        }
      },
    ),

    lawIf(
      replays,
      'reserve: the same call answers the same loans and takes once',
      async (trial) => {
        const a = await trial.open()
        await a.add(...trial.jobs(5))
        const call = a.call()
        const first = await a.reserve('q', 3, { call })
        const second = await a.reserve('q', 3, { call })
        assert.deepEqual(second, first)
        assert.equal((await a.depth('q')).running, 3)
        const outcomes = await a.settle(second.jobs, done)
        assert.ok(outcomes.every(({ outcome }) => outcome === 'settled'))
      },
      async (trial) => {
        // The same loans or other ones: each job is on one loan, and every loan can be settled.
        const a = await trial.open()
        const jobs = trial.jobs(5)
        await a.add(...jobs)
        const call = a.call()
        const answers = [await a.reserve('q', 3, { call }), await a.reserve('q', 3, { call })]
        const loans = new Map(answers.flatMap((answer) => answer.jobs.map((loan) => [loan.receipt, loan])))
        const rest = await a.take('q')
        const taken = [...loans.values(), ...rest]
        assert.deepEqual(
          idsOf(taken).toSorted(),
          jobs.map(({ id }) => id),
        )
        for (const { outcome } of await a.settle(taken, done)) assert.notEqual(outcome, 'stale')
      },
    ),

    lawIf(replays, 'reserve: one that answered nothing still answers nothing when jobs have come', async (trial) => {
      const a = await trial.open()
      const b = await trial.open()
      const call = a.call()
      assert.deepEqual((await a.reserve('q', 3, { call })).jobs, [])
      await b.add(trial.job())
      assert.deepEqual((await a.reserve('q', 3, { call })).jobs, [])
      assert.equal((await a.take('q')).length, 1)
    }),

    lawIf(
      replays,
      'settle: the same call answers settled again, and changes nothing the second time',
      async (trial) => {
        const [a, b] = [await trial.open(), await trial.open()]
        await a.add(...trial.jobs(2))
        const loans = await a.take('q')
        const call = a.call()
        const first = await a.settle(loans, release, call)
        assert.deepEqual(
          first.map(({ outcome }) => outcome),
          ['settled', 'settled'],
        )
        const taken = await b.take('q')
        assert.equal(taken.length, 2)
        assert.deepEqual(await a.settle(loans, release, call), first)
        assert.equal((await b.depth('q')).running, 2)
        assert.ok((await b.settle(taken, done)).every(({ outcome }) => outcome === 'settled'))
      },
      async (trial) => {
        // Asked again because the answer was lost: it does not fail, and whoever has the jobs by now keeps them.
        const [a, b] = [await trial.open(), await trial.open()]
        await a.add(...trial.jobs(2))
        const loans = await a.take('q')
        const call = a.call()
        await a.settle(loans, release, call)
        const taken = await b.take('q')
        assert.equal((await a.settle(loans, release, call)).length, 2)
        assert.deepEqual(await a.takeIds('q'), [])
        for (const { outcome } of await b.settle(taken, done)) assert.notEqual(outcome, 'stale')
      },
    ),

    lawIf(follows, 'settle: follow-ups come once, and are answered the same', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const loans = await a.take('q')
      const call = a.call()
      const verdict = { kind: 'done', followUps: [trial.job({ queue: 'r' })] } as const
      const first = await a.settle(loans, { ...verdict, followUps: [...verdict.followUps] }, call)
      assert.deepEqual(await a.settle(loans, { ...verdict, followUps: [...verdict.followUps] }, call), first)
      assert.equal((await a.depth('r')).ready, 1)
    }),

    lawIf(swept, 'a stale answer stays stale', async (trial) => {
      const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
      await a.add(trial.job())
      const loans = await a.take('q')
      await trial.letDie()
      await b.driver.sweep(100)
      const call = a.call()
      const first = await a.settle(loans, done, call)
      assert.equal(first[0]?.outcome, 'stale')
      assert.deepEqual(await a.settle(loans, done, call), first)
    }),

    lawIf(
      swept,
      'the answers outlive the session: a settled job stays settled, a loan is told again',
      async (trial) => {
        const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
        await a.add(...trial.jobs(2))
        const [first] = await a.take('q', 1)
        const settleCall = a.call(1 % a.driver.traits.lanesMax)
        const settled = await a.settle([first!], done, settleCall)
        const settledAgain = async () => assert.deepEqual(await a.settle([first!], done, settleCall), settled)
        if (a.driver.traits.lanesMax === 1) {
          await trial.letDie()
          await b.driver.sweep(100)
          await settledAgain()
          return
        }
        const reserveCall = a.call()
        const loaned = await a.reserve('q', 1, { call: reserveCall })
        assert.equal(loaned.jobs.length, 1)
        await trial.letDie()
        const { taken } = await b.driver.sweep(100)
        assert.equal(taken, 1)
        await settledAgain()
        assert.deepEqual(await a.reserve('q', 1, { call: reserveCall }), loaned)
        assert.deepEqual(await b.takeIds('q'), idsOf(loaned.jobs))
      },
    ),

    lawIf(lanes, 'lanes remember apart', async (trial) => {
      const a = await trial.open()
      const [zero, one] = [
        { lane: 0, seq: 1_000 },
        { lane: 1, seq: 1_000 },
      ]
      const [x, y] = [trial.job(), trial.job()]
      const first = await a.enqueue([x], zero)
      const second = await a.enqueue([y], one)
      assert.deepEqual(await a.enqueue([x], zero), first)
      assert.deepEqual(await a.enqueue([y], one), second)
      assert.equal((await a.depth('q')).ready, 2)
    }),

    lawIf(replays, 'sessions remember apart', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const call = { lane: 0, seq: 7 }
      await a.enqueue([trial.job()], call)
      await b.enqueue([trial.job()], call)
      assert.equal((await a.depth('q')).ready, 2)
    }),

    lawIf(replays, 'a call older than the newest of its lane is refused, for good', async (trial) => {
      const a = await trial.open()
      const old = a.call()
      await a.add(trial.job())
      await assert.rejects(
        a.enqueue([trial.job()], old),
        (error) => error instanceof FiberWorkError && error.code === 'FW_STORE_FAILED' && !error.retryable,
      )
      assert.equal((await a.depth('q')).ready, 1)
    }),
  ],
}
