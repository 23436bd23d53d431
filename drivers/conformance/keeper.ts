import assert from 'node:assert/strict'
import type { DriverTraits, Keeper, Reservation } from '../../src/contract/index.ts'
import { done, type Hand } from './hand.ts'
import { inspectorOf, lawIf, leaseMsShort, refused, written } from './law.ts'
import type { Concern, Law, Trial } from './law.ts'

const session = { traits: ({ lease }: DriverTraits) => lease === 'session' }
const crashes = { traits: ({ lease, crashes }: DriverTraits) => lease === 'session' && crashes }

/** A law of what has a keeper, told of one worker and its keeper; for others there is nothing to show. */
const kept = (
  name: string,
  holds: (trial: Trial, worker: Hand, keeper: Keeper) => Promise<void>,
  needs: Law['needs'] = session,
  leaseMs = leaseMsShort,
): Law =>
  lawIf(needs, name, async (trial) => {
    const worker = await trial.open(leaseMs)
    const keeper = await trial.keeperOf(worker, leaseMs)
    if (keeper !== undefined) await holds(trial, worker, keeper)
  })

/** All jobs of the queue, in the order of the ids: in which they are taken is a trait. */
async function takeAll(hand: Hand): Promise<Reservation[]> {
  return (await hand.take('q')).toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1))
}

/** How often each job of the queue has crashed. */
async function crashesOf(hand: Hand): Promise<number[]> {
  const loans = await takeAll(hand)
  assert.ok(loans.every(({ attempts }) => attempts === 1))
  return loans.map((loan) => loan.crashes)
}

export const keeper: Concern = {
  name: 'the keeper, and who is charged with a crash',
  laws: [
    kept(
      'a keeper renews, and its worker keeps the loans without a renewing beat',
      async (trial, worker, keeper) => {
        const other = await trial.open()
        await worker.add(trial.job())
        const loan = await worker.takeOne('q')
        for (let i = 0; i < 3; i++) {
          await trial.store.advance(250)
          assert.equal(await keeper.renew(worker.session, '{}'), 'alive')
        }
        assert.deepEqual(await other.driver.sweep(100), { taken: 0, more: false })
        written(worker, await worker.settleOne(loan, done))
      },
      session,
      600,
    ),

    kept('a session past its lease that nobody has swept is renewed', async (trial, worker, keeper) => {
      await trial.letDie()
      assert.equal(await keeper.renew(worker.session, '{}'), 'alive')
      assert.equal((await worker.beat()).session, 'alive')
    }),

    kept('a keeper hears that the session was taken back, or was closed', async (trial, worker, keeper) => {
      const [other, closed] = [await trial.open(), await trial.open()]
      await worker.add(trial.job())
      const loan = await worker.takeOne('q')
      await trial.letDie()
      assert.equal((await other.driver.sweep(100)).taken, 1)
      assert.equal(await keeper.renew(worker.session, '{}'), 'revoked')
      refused(worker, await worker.settleOne(loan, done))
      await closed.driver.close()
      assert.equal(await keeper.renew(closed.session, '{}'), 'revoked')
      await keeper.accuse(worker.session, [loan.receipt])
      assert.equal((await other.depth('q')).ready, 1)
    }),

    kept(
      'what a keeper says of the main loop is shown to whoever lists sessions',
      async (_trial, worker, keeper) => {
        const mine = async () =>
          (await inspectorOf(worker).sessions()).find(({ session: name }) => name === worker.session)
        assert.equal((await mine())?.health, undefined)
        await keeper.renew(worker.session, '{"loop":"blocked"}')
        assert.equal((await mine())?.health, '{"loop":"blocked"}')
        await worker.beat({ renew: true })
        assert.equal((await mine())?.health, '{"loop":"blocked"}')
      },
      { ...session, inspector: true },
      30_000,
    ),

    kept(
      'a crash is counted for the accused alone, over as many sweeps as it takes',
      async (trial, worker, keeper) => {
        const other = await trial.open()
        await worker.add(...trial.jobs(6))
        const loans = await takeAll(worker)
        await keeper.accuse(worker.session, [loans[0]!.receipt, loans[4]!.receipt])
        await trial.letDie()
        assert.deepEqual(await other.driver.sweep(2), { taken: 2, more: true })
        assert.deepEqual(await other.driver.sweep(100), { taken: 4, more: false })
        assert.deepEqual(await crashesOf(other), [1, 0, 0, 0, 1, 0])
      },
      crashes,
    ),

    kept(
      'an accused job that is settled in time leaves all others suspect',
      async (trial, worker, keeper) => {
        const other = await trial.open()
        await worker.add(...trial.jobs(3))
        const loans = await worker.take('q')
        await keeper.accuse(worker.session, [loans[0]!.receipt])
        await worker.settleOne(loans[0]!, done)
        await trial.letDie()
        await other.driver.sweep(100)
        assert.deepEqual(await crashesOf(other), [1, 1])
      },
      crashes,
    ),

    kept(
      'a renewal takes an accusation back, of the keeper as of a beat',
      async (trial, worker, keeper) => {
        const other = await trial.open()
        await worker.add(...trial.jobs(2))
        const [loan] = await worker.take('q')
        for (const renew of [() => keeper.renew(worker.session, '{}'), () => worker.beat({ renew: true })]) {
          await keeper.accuse(worker.session, [loan!.receipt])
          await renew()
        }
        await trial.letDie()
        await other.driver.sweep(100)
        assert.deepEqual(await crashesOf(other), [1, 1])
      },
      crashes,
    ),

    lawIf(crashes, 'no crash is counted for what the last report named as not begun', async (trial) => {
      const [worker, other] = [await trial.open(leaseMsShort), await trial.open()]
      await worker.add(...trial.jobs(3))
      const receipts = (await takeAll(worker)).map(({ receipt }) => receipt)
      await worker.beat({ running: 3, unbegun: receipts.slice(1) })
      await worker.beat({ renew: true, running: 3, unbegun: receipts.slice(2) })
      await trial.letDie()
      assert.equal((await other.driver.sweep(100)).taken, 3)
      assert.deepEqual(await crashesOf(other), [1, 1, 0])
    }),

    lawIf(crashes, 'a report that names nothing takes back what the one before said', async (trial) => {
      const [worker, other] = [await trial.open(leaseMsShort), await trial.open()]
      await worker.add(trial.job())
      const { receipt } = await worker.takeOne('q')
      await worker.beat({ running: 1, unbegun: [receipt] })
      await worker.beat({ running: 1 })
      await trial.letDie()
      await other.driver.sweep(100)
      assert.deepEqual(await crashesOf(other), [1])
    }),
  ],
}
