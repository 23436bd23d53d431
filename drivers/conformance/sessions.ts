import assert from 'node:assert/strict'
import { isFiberWorkError } from '../../src/contract/index.ts'
import type { DriverTraits } from '../../src/contract/index.ts'
import { dead, done, idsOf } from './hand.ts'
import { inspectorOf, law, lawIf, leaseMsShort, refused, written } from './law.ts'
import type { Concern } from './law.ts'
import { leaseLaws } from './leases.ts'

const session = { traits: ({ lease }: DriverTraits) => lease === 'session' }
const crashes = { traits: ({ lease, crashes }: DriverTraits) => lease === 'session' && crashes }
const listed = { ...session, inspector: true } as const

export const sessions: Concern = {
  name: 'sessions, leases and the sweep',
  laws: [
    law('each open session has a name of its own', async (trial) => {
      const names = [await trial.open(), await trial.open(), await trial.open()].map(({ session }) => session)
      assert.equal(new Set(names).size, 3)
      assert.ok(names.every((name) => name.length > 0))
    }),

    law('opening again while the session lives answers the same session', async (trial) => {
      const a = await trial.open()
      const { session } = a
      assert.equal((await a.open()).session, session)
    }),

    lawIf(
      session,
      'what a dead session held is taken back, attempt given back and one crash counted',
      async (trial) => {
        const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
        const jobs = trial.jobs(3)
        await a.add(...jobs)
        await a.take('q')
        await trial.letDie()
        assert.deepEqual(await b.driver.sweep(100), { taken: 3, more: false })
        const loans = await b.take('q')
        assert.deepEqual(
          idsOf(loans).toSorted(),
          jobs.map(({ id }) => id),
        )
        assert.ok(loans.every(({ attempts }) => attempts === 1))
        const counted = b.driver.traits.crashes ? 1 : 0
        assert.ok(loans.every(({ crashes }) => crashes === counted))
      },
      async (trial) => {
        const a = await trial.open()
        assert.deepEqual(await a.driver.sweep(100), { taken: 0, more: false })
      },
    ),

    lawIf(session, 'a session whose lease holds is not swept', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await a.add(trial.job())
      await a.takeOne('q')
      await trial.store.advance(50)
      assert.deepEqual(await b.driver.sweep(100), { taken: 0, more: false })
    }),

    lawIf(session, 'a beat that renews keeps the loans', async (trial) => {
      const [a, b] = [await trial.open(600), await trial.open()]
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      for (let i = 0; i < 3; i++) {
        await trial.store.advance(250)
        const { session } = await a.beat({ renew: true, running: 1 })
        assert.equal(session, 'alive')
      }
      assert.deepEqual(await b.driver.sweep(100), { taken: 0, more: false })
      written(a, await a.settleOne(loan, done))
    }),

    lawIf(session, 'a beat that does not renew leaves the lease alone', async (trial) => {
      const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
      await a.add(trial.job())
      await a.takeOne('q')
      await trial.letDie()
      await a.beat({ renew: false, running: 1 })
      assert.deepEqual(await b.driver.sweep(100), { taken: 1, more: false })
    }),

    lawIf(session, 'a session past its lease that nobody has swept still lives', async (trial) => {
      const a = await trial.open(leaseMsShort)
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      await trial.letDie()
      assert.equal((await a.beat({ renew: true, running: 1 })).session, 'alive')
      written(a, await a.settleOne(loan, done))
    }),

    lawIf(
      session,
      'a swept session hears so by its beat, its settles are stale, and it gets no more jobs',
      async (trial) => {
        const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
        await a.add(...trial.jobs(2))
        const loan = await a.takeOne('q')
        await trial.letDie()
        await b.driver.sweep(100)
        const pulse = await a.beat({ renew: true, running: 1 })
        assert.equal(pulse.session, 'revoked')
        refused(a, await a.settleOne(loan, dead))
        await assert.rejects(a.reserve('q'), (error) => isFiberWorkError(error) && error.code === 'FW_LEASE_REVOKED')
        const { ready, running, dead: died } = await b.depth('q')
        assert.deepEqual({ ready, running, died }, { ready: 2, running: 0, died: 0 })
      },
    ),

    lawIf(session, 'after a revoked session, open gives a new one that works', async (trial) => {
      const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      const { session } = a
      await trial.letDie()
      await b.driver.sweep(100)
      await a.open()
      assert.notEqual(a.session, session)
      assert.equal((await a.beat({ renew: true })).session, 'alive')
      refused(a, await a.settleOne(loan, done))
      written(a, await a.settleOne(await a.takeOne('q'), done))
    }),

    lawIf(
      session,
      'a sweep is bounded, says when there is more, and revokes the whole session at once',
      async (trial) => {
        const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
        await a.add(...trial.jobs(10))
        const loans = await a.take('q')
        await trial.letDie()
        assert.deepEqual(await b.driver.sweep(4), { taken: 4, more: true })
        assert.equal((await a.beat({ renew: true, running: 10 })).session, 'revoked')
        for (const { outcome } of await a.settle(loans, done)) refused(a, outcome)
        assert.deepEqual(await b.driver.sweep(4), { taken: 4, more: true })
        assert.deepEqual(await b.driver.sweep(4), { taken: 2, more: false })
        assert.equal((await b.depth('q')).ready, 10)
      },
    ),

    lawIf(session, 'two that sweep at once take each job once', async (trial) => {
      const [a, b, c] = [await trial.open(leaseMsShort), await trial.open(), await trial.open()]
      await a.add(...trial.jobs(20))
      await a.take('q')
      await trial.letDie()
      const swept = await Promise.all([b.driver.sweep(100), c.driver.sweep(100)])
      assert.equal(swept[0].taken + swept[1].taken, 20)
      assert.equal((await b.depth('q')).ready, 20)
    }),

    lawIf(crashes, 'crashes add up, attempts do not', async (trial) => {
      const b = await trial.open()
      await b.add(trial.job())
      for (let i = 0; i < 3; i++) {
        const a = await trial.open(leaseMsShort)
        const loan = await a.takeOne('q')
        assert.deepEqual([loan.attempts, loan.crashes], [1, i])
        await trial.letDie()
        assert.equal((await b.driver.sweep(100)).taken, 1)
      }
      const loan = await b.takeOne('q')
      assert.deepEqual([loan.attempts, loan.crashes], [1, 3])
    }),

    lawIf(session, 'a session with nothing on loan dies as well, and its enqueued jobs live', async (trial) => {
      const [a, b] = [await trial.open(leaseMsShort), await trial.open()]
      await a.add(trial.job())
      await trial.letDie()
      assert.deepEqual(await b.driver.sweep(100), { taken: 0, more: false })
      assert.equal((await a.beat({ renew: true })).session, 'revoked')
      await a.add(trial.job())
      assert.equal((await b.take('q')).length, 2)
    }),

    law('close gives back what is on loan, without an attempt or a crash', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await a.add(...trial.jobs(2))
      await a.take('q')
      await a.driver.close()
      const loans = await b.take('q')
      assert.deepEqual(
        loans.map(({ attempts, crashes }) => [attempts, crashes]),
        [
          [1, 0],
          [1, 0],
        ],
      )
    }),

    ...leaseLaws,

    lawIf(listed, 'sessions are listed with what they hold and what they say of themselves', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await a.add(...trial.jobs(2))
      await a.take('q')
      await a.beat({ about: '{"host":"x"}' })
      const records = await inspectorOf(b).sessions()
      const mine = records.find(({ session }) => session === a.session)
      assert.equal(mine?.held, 2)
      assert.equal(mine?.about, '{"host":"x"}')
      assert.ok(mine.leaseUntilMs > trial.store.nowMs())
      assert.ok(records.some(({ session }) => session === b.session))
      await a.driver.close()
      assert.ok((await inspectorOf(b).sessions()).every(({ session }) => session !== a.session))
    }),
  ],
}
