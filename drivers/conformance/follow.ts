import assert from 'node:assert/strict'
import type { Reservation } from '../../src/contract/index.ts'
import type { Ability } from './ability.ts'
import type { Action } from './actions.ts'
import { release } from './hand.ts'
import { repeatable } from './side.ts'
import type { Side } from './side.ts'

/**
 * A reserve of a driver that does not say which jobs it gives: the reference takes the same ones, which must be there to be
 * taken. It may give fewer than there are, when some are on their way back; the end of the run shows that none is lost.
 */
export async function follow(
  tested: Side,
  reference: Side,
  { hand, queue, limit }: Extract<Action, { kind: 'reserve' }>,
  able: Ability,
): Promise<void> {
  const worker = tested.workers[hand]!
  const call = worker.hand.call()
  const most = Math.min(limit, worker.hand.driver.traits.batchMax)
  const got = await repeatable(worker, async () => (await worker.hand.reserve(queue, most, { call })).jobs)
  assert.ok(got.length <= most, `${got.length} jobs, and ${most} were asked for`)

  const model = reference.workers[hand]!
  // It takes otherwise than it was asked to: only the driver under test can be asked again.
  model.again = undefined
  const ready = await model.hand.take(queue, 1_000)
  const given = new Set(got.map(({ job }) => job.id))
  await model.hand.settle(
    ready.filter(({ job }) => !given.has(job.id)),
    release,
  )
  const byId = new Map(ready.map((loan) => [loan.job.id, loan]))
  for (const loan of got) {
    const expected = byId.get(loan.job.id)
    assert.ok(expected !== undefined, `${loan.job.id} was given out, and is not there to be taken`)
    assert.deepEqual(plain(loan, able), plain(expected, able))
    worker.loans.set(loan.job.id, loan)
    model.loans.set(loan.job.id, expected)
  }
  assert.equal(given.size, got.length, 'one job twice in an answer')
}

function plain({ job, attempts, crashes }: Reservation, able: Ability) {
  const { id, body, group, priority } = job
  return { id, body, group, priority, attempts, crashes: able.crashes ? crashes : 0 }
}
