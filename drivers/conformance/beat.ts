import assert from 'node:assert/strict'
import type { DriverTraits, Receipt } from '../../src/contract/index.ts'
import { done, idsOf } from './hand.ts'
import { inspectorOf, law, lawIf, refused, written } from './law.ts'
import type { Concern } from './law.ts'

const session = { traits: ({ lease }: DriverTraits) => lease === 'session' }

export const beat: Concern = {
  name: 'beat and reconcile',
  laws: [
    law('a beat of a living session says alive, and nothing else when there is nothing', async (trial) => {
      const a = await trial.open()
      const { session, revoked, cancelled, paused } = await a.beat()
      assert.deepEqual(
        { session, revoked, cancelled, paused },
        { session: 'alive', revoked: [], cancelled: [], paused: [] },
      )
    }),

    lawIf(session, 'a beat tells how many loans the store counts', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(4))
      const loans = await a.take('q', 3)
      assert.equal((await a.beat({ running: 3 })).held, 3)
      await a.settle(loans.slice(0, 2), done)
      assert.equal((await a.beat({ running: 1 })).held, 1)
    }),

    lawIf(
      { inspector: true },
      'progress is kept with the running job, and unknown receipts are ignored',
      async (trial) => {
        const a = await trial.open()
        const job = trial.job()
        await a.add(job)
        const { receipt } = await a.takeOne('q')
        const unknown = 'never-was' as Receipt
        await a.beat({
          running: 1,
          progress: [
            { receipt: unknown, value: '1' },
            { receipt, value: '{"done":3}' },
          ],
        })
        const [record] = await inspectorOf(a).find([job.id])
        assert.equal(record?.progress, '{"done":3}')
        assert.equal(record.session, a.session)
      },
    ),

    lawIf(session, 'reconcile: loans that we do not know are released, attempt given back', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(3))
      const loans = await a.take('q')
      const known = loans.slice(0, 1).map(({ receipt }) => receipt)
      assert.deepEqual(await a.driver.reconcile(known), { released: 2, revoked: [] })
      assert.equal((await a.depth('q')).running, 1)
      const back = await a.take('q')
      assert.deepEqual(idsOf(back).toSorted(), idsOf(loans.slice(1)).toSorted())
      assert.ok(back.every(({ attempts, crashes }) => attempts === 1 && crashes === 0))
      refused(a, await a.settleOne(loans[1]!, done))
      written(a, await a.settleOne(loans[0]!, done))
    }),

    lawIf(session, 'reconcile: loans that the store does not know are told', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(2))
      const loans = await a.take('q')
      await a.settleOne(loans[0]!, done)
      const { released, revoked } = await a.driver.reconcile(loans.map(({ receipt }) => receipt))
      assert.deepEqual({ released, revoked }, { released: 0, revoked: [loans[0]!.receipt] })
    }),

    lawIf(session, "reconcile: another session's loans are not touched", async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await a.add(...trial.jobs(2))
      const mine = await a.take('q', 1)
      const theirs = await b.take('q', 1)
      assert.deepEqual(await a.driver.reconcile(mine.map(({ receipt }) => receipt)), { released: 0, revoked: [] })
      written(b, await b.settleOne(theirs[0]!, done))
    }),
  ],
}
