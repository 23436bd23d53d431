import assert from 'node:assert/strict'
import type { DriverTraits, Receipt } from '../../src/contract/index.ts'
import { dead, done, release, retry } from './hand.ts'
import { law, lawIf } from './law.ts'
import type { Law, Trial } from './law.ts'

const fenced = { traits: ({ fence }: DriverTraits) => fence === 'store' }

/** Where the store does not fence, nobody knows for certain: but what was not written is never called settled. */
const notSettled = (outcome: string | undefined): void => {
  assert.ok(outcome === 'stale' || outcome === 'unsure', `${outcome} instead of stale or unsure`)
}

/** A receipt is good once. Part of `settle and the fence`. */
export const fenceLaws: Law[] = [
  lawIf(
    fenced,
    'a receipt that was settled is stale from then on',
    async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      assert.equal(await a.settleOne(loan, done), 'settled')
      assert.equal(await a.settleOne(loan, done), 'stale')
      assert.equal(await a.settleOne(loan, dead), 'stale')
      assert.equal((await a.depth('q')).dead, 0)
    },
    async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      assert.notEqual(await a.settleOne(loan, done), 'stale')
      notSettled(await a.settleOne(loan, retry))
      assert.deepEqual(await a.takeIds('q'), [])
    },
  ),

  lawIf(
    fenced,
    'one receipt twice in a call: settled, then stale',
    async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      for (const verdict of [retry, release, done]) {
        const loan = await a.takeOne('q')
        const outcomes = (await a.settle([loan, loan], verdict)).map(({ outcome }) => outcome)
        assert.deepEqual(outcomes, ['settled', 'stale'])
      }
    },
    async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      const [first, second] = await a.settle([loan, loan], done)
      assert.notEqual(first?.outcome, 'stale')
      notSettled(second?.outcome)
    },
  ),

  lawIf(
    fenced,
    'the fence is the loan, not the attempt: a released job that is taken again has a new receipt',
    async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const first = await a.takeOne('q')
      await a.settleOne(first, release)
      const second = await a.takeOne('q')
      assert.equal(second.attempts, first.attempts)
      assert.notEqual(second.receipt, first.receipt)
      assert.equal(await a.settleOne(first, done), 'stale')
      assert.equal((await a.depth('q')).running, 1)
      assert.equal(await a.settleOne(second, done), 'settled')
    },
    async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const first = await a.takeOne('q')
      await a.settleOne(first, release)
      const second = await a.takeOne('q')
      notSettled(await a.settleOne(first, done))
      assert.notEqual(await a.settleOne(second, done), 'stale')
    },
  ),

  law('no receipt is ever given twice', async (trial) => {
    const hands = [await trial.open(), await trial.open()]
    await hands[0]!.add(...trial.jobs(10))
    const receipts: Receipt[] = []
    for (let i = 0; i < 6; i++) {
      const hand = hands[i % 2]!
      const loans = await hand.take('q')
      receipts.push(...loans.map(({ receipt }) => receipt))
      await hand.settle(loans, release)
    }
    assert.ok(receipts.length >= 10)
    assert.equal(new Set(receipts).size, receipts.length)
  }),

  lawIf(
    fenced,
    'a receipt that never was is stale, beside good ones, in their order',
    async (trial) => {
      const outcomes = await settledAmongInvented(trial)
      assert.deepEqual(outcomes, ['settled', ...invented.map(() => 'stale'), 'settled'])
    },
    async (trial) => {
      const outcomes = await settledAmongInvented(trial)
      for (const outcome of outcomes.slice(1, -1)) notSettled(outcome)
      assert.ok(outcomes.at(0) !== 'stale' && outcomes.at(-1) !== 'stale', 'the good ones among them')
    },
  ),
]

const invented = ['', 'x', '0', '-1', '__proto__', '1e21', 'a:b:c', 'null', '\u0000', 'x'.repeat(10_000)] as Receipt[]

/** What is answered to two loans, and to what nobody was lent between them. */
async function settledAmongInvented(trial: Trial): Promise<(string | undefined)[]> {
  const a = await trial.open()
  await a.add(...trial.jobs(2))
  const [first, second] = await a.take('q')
  const items = [first!.receipt, ...invented, second!.receipt].map((receipt) => ({ receipt, verdict: done }))
  return (await a.driver.settle(a.call(), items)).map(({ outcome }) => outcome)
}
