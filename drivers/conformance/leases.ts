import assert from 'node:assert/strict'
import type { DriverTraits, Reservation } from '../../src/contract/index.ts'
import { done, idsOf, type Hand } from './hand.ts'
import { lawIf, leaseMsShort } from './law.ts'
import type { Law, Trial } from './law.ts'

const message = { traits: ({ lease }: DriverTraits) => lease === 'message' }
const fencedMessage = { traits: ({ lease, fence }: DriverTraits) => lease === 'message' && fence === 'store' }
const notSession = { traits: ({ lease }: DriverTraits) => lease !== 'session' }

/** A broker may look for dead loans at its own pace, and have a shortest lease of its own. */
const backMsMax = 12_000

/** Ask until it gives something: the broker brings back what nobody renews, and no sweep is told of it. */
async function comesBack(trial: Trial, hand: Hand): Promise<Reservation[]> {
  const startedAtMs = trial.store.nowMs()
  for (;;) {
    const loans = await hand.take('q')
    if (loans.length > 0) return loans
    assert.ok(trial.store.nowMs() - startedAtMs < backMsMax, `nothing came back within ${backMsMax} ms`)
    await trial.store.advance(20)
  }
}

/** Where the lease is not the session's. Part of `sessions, leases and the sweep`. */
export const leaseLaws: Law[] = [
  lawIf(message, 'a lease a message: what nobody renews comes back by itself', async (trial) => {
    const [a, b] = [await trial.open(leaseMsShort), await trial.open(leaseMsShort)]
    const job = trial.job()
    await a.add(job)
    await a.takeOne('q')
    await trial.letDie()
    const [loan] = await comesBack(trial, b)
    assert.equal(loan!.job.id, job.id)
    // A crash is counted apart from attempts where the trait says so; else it may have cost one.
    if (b.driver.traits.crashes) assert.deepEqual([loan!.attempts, loan!.crashes], [1, 1])
    else assert.ok(loan!.crashes === 0 && [1, 2].includes(loan!.attempts), `attempts ${loan!.attempts}`)
    assert.notEqual(await b.settleOne(loan!, done), 'stale')
  }),

  lawIf(message, 'a lease a message: beats that renew keep the loans', async (trial) => {
    const [a, b] = [await trial.open(600), await trial.open(600)]
    await a.add(trial.job())
    const loan = await a.takeOne('q')
    for (let i = 0; i < 4; i++) {
      await trial.store.advance(250)
      await a.beat({ renew: true, running: 1 })
      assert.deepEqual(await b.takeIds('q'), [])
    }
    assert.notEqual(await a.settleOne(loan, done), 'stale')
    assert.deepEqual(await b.takeIds('q'), [])
  }),

  lawIf(fencedMessage, 'a lease a message: who comes too late is told, and changes nothing', async (trial) => {
    const [a, b] = [await trial.open(leaseMsShort), await trial.open(leaseMsShort)]
    await a.add(trial.job())
    const late = await a.takeOne('q')
    await trial.letDie()
    const [loan] = await comesBack(trial, b)
    assert.equal(await a.settleOne(late, done), 'stale')
    assert.equal(await b.settleOne(loan!, done), 'settled')
  }),

  lawIf(notSession, 'without a lease a session nothing is swept, and the session lives', async (trial) => {
    const [a, b] = [await trial.open(), await trial.open()]
    await a.add(trial.job())
    await a.takeOne('q')
    assert.deepEqual(await b.driver.sweep(100), { taken: 0, more: false })
    assert.equal((await a.beat({ renew: true, running: 1 })).session, 'alive')
  }),

  lawIf(notSession, 'reconcile tells what it gave back, and gives it back', async (trial) => {
    const a = await trial.open()
    await a.add(...trial.jobs(3))
    const loans = await a.take('q')
    const known = loans.slice(0, 1)
    const { released, revoked } = await a.driver.reconcile(known.map(({ receipt }) => receipt))
    assert.deepEqual(revoked, [])
    assert.ok(released === 0 || released === 2, `released ${released} of 2`)
    const back = released === 0 ? [] : await a.take('q')
    assert.deepEqual(idsOf(back).toSorted(), released === 0 ? [] : idsOf(loans.slice(1)).toSorted())
    assert.notEqual(await a.settleOne(known[0]!, done), 'stale')
  }),
]
