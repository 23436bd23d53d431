import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { folder, job, open } from '../../test/support/sqlite.ts'
import type { Reservation, StoredJob, Verdict } from '../../src/contract/index.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'

/** Numbers that are the same for the same seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Three workers do anything to one file, at random; then everything that is derived from the jobs is as the jobs say. */
it.each([1, 2, 3, 4])('counters and memberships never drift, seed %i', async (seed) => {
  const path = join(folder(), 'jobs.db')
  const roll = dice(seed)
  const hands = [await open(path), await open(path), await open(path, { leaseMs: 1 })]
  const [boss] = hands as [(typeof hands)[0]]
  const [limits, inspector] = [limitsOf(boss), inspectorOf(boss)]
  const held: Reservation[][] = [[], [], []]
  const ids: string[] = []
  let revision = 0

  const verdict = (): Verdict => {
    const verdicts: Verdict[] = [
      { kind: 'done' },
      { kind: 'done', keep: { count: 5, ageMs: 60_000 }, followUps: [fresh()] },
      { kind: 'retry', error: 'no' },
      { kind: 'retry', due: { inMs: roll(3) } },
      { kind: 'release', due: { inMs: roll(2) * 1_000 } },
      { kind: 'release' },
      { kind: 'dead', reason: 'no' },
      { kind: 'cancelled', reason: 'no' },
    ]
    return verdicts[roll(8)]!
  }
  const fresh = (): StoredJob => {
    const id = `job-${ids.length}`
    ids.push(id)
    const fields: Partial<StoredJob> = { priority: roll(10) }
    if (roll(3) > 0) fields.group = `g${roll(4)}`
    if (roll(4) === 0) fields.due = { inMs: roll(2) * 1_000 + roll(3) }
    if (roll(4) === 0) fields.unique = { key: `k${roll(5)}`, mode: roll(2) === 0 ? 'keep' : 'replace' }
    return job(id, fields)
  }
  const some = () => Array.from({ length: 1 + roll(5) }, () => ids[roll(ids.length)] ?? 'none')
  const steps: ((at: number) => Promise<unknown>)[] = [
    (at) => hands[at]!.enqueue(Array.from({ length: roll(8) }, fresh)),
    async (at) => {
      if ((await hands[at]!.beat()).session === 'revoked') await hands[at]!.open()
      held[at]!.push(...(await hands[at]!.reserve('q', 1 + roll(6))).jobs)
    },
    (at) => {
      const loans = held[at]!.splice(0, roll(5))
      return hands[at]!.driver.settle(
        hands[at]!.call(),
        loans.map(({ receipt }) => ({ receipt, verdict: verdict() })),
      )
    },
    () => boss.driver.sweep(1 + roll(4)),
    () => inspector.cancel(some()),
    () => inspector.retry(some()),
    () => inspector.remove(some()),
    () => inspector.purge('q', [(['ready', 'delayed', 'done', 'dead'] as const)[roll(4)]!], roll(3)),
    () => limits.set('q', 'groups', roll(2) === 0 ? {} : { concurrencyMax: 1 + roll(2) }, ++revision),
    () => limits.set('q', { group: 'g1' }, roll(2) === 0 ? {} : { concurrencyMax: 1, weight: 3 }, ++revision),
    () => limits.freeze('q', `g${roll(4)}`, roll(2) === 0 ? 0 : Date.now() + roll(20)),
    (at) => hands[at]!.driver.reconcile(held[at]!.filter(() => roll(2) === 0).map(({ receipt }) => receipt)),
  ]
  const weights = [4, 6, 6, 1, 1, 1, 1, 0.3, 0.4, 0.4, 0.4, 0.3]
  for (let step = 0; step < 400; step++) {
    let at = (roll(1_000) / 1_000) * weights.reduce((sum, weight) => sum + weight, 0)
    const choice = weights.findIndex((weight) => (at -= weight) < 0)
    await steps[Math.max(0, choice)]!(roll(3))
  }

  let cursor: string | undefined
  do {
    const { repaired, cursor: next } = await inspector.audit(cursor)
    expect({ cursor, repaired }).toEqual({ cursor, repaired: 0 })
    cursor = next
  } while (cursor !== undefined)
  await everythingEnds(path, hands)
})

/** Whoever is left can be taken and settled once nothing limits them: nobody is parked for ever. */
async function everythingEnds(path: string, hands: Awaited<ReturnType<typeof open>>[]): Promise<void> {
  const [boss, ...others] = hands as [(typeof hands)[0], (typeof hands)[0]]
  await limitsOf(boss).set('q', { group: 'g1' }, {}, 1e9)
  for (let i = 0; i < 4; i++) await limitsOf(boss).freeze('q', `g${i}`, 0)
  for (const { driver } of others) await driver.close()
  while ((await boss.driver.sweep(1_000)).more);
  await boss.driver.reconcile([])
  const { jobs } = await inspectorOf(boss).list({ states: ['delayed'] }, { limit: 1_000 })
  await inspectorOf(boss).retry(jobs.map(({ job: { id } }) => id))
  for (;;) {
    const loans = await boss.take('q', 50)
    if (loans.length === 0) break
    await boss.settle(loans, { kind: 'done' })
  }
  expect(await boss.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: 0 })
  const db = new DatabaseSync(path)
  const rows = (table: string) => db.prepare(`select count(*) as rows from ${table}`).get()?.['rows']
  expect(['fw_ready', 'fw_delayed', 'fw_loan', 'fw_key'].map(rows)).toEqual([0, 0, 0, 0])
  expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  db.close()
}
