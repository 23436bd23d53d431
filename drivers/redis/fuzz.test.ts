import { expect, it } from 'vitest'
import { type Installation, installation } from '../../test/support/redis-harness.ts'
import type { JobState, Reservation, StoredJob, Verdict } from '../../src/contract/index.ts'
import type { Hand } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'

/** Numbers that are the same for the same seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Anything that a job, a verdict or a purge may be, of few names, so that they meet. */
function makers(roll: (sides: number) => number) {
  const ids: string[] = []
  const fresh = (): StoredJob => {
    const id = `job-${ids.length}`
    ids.push(id)
    const fields: Partial<StoredJob> = { priority: roll(10) }
    if (roll(3) > 0) fields.group = `g${roll(4)}`
    if (roll(4) === 0) fields.due = { inMs: roll(2) * 1_000 + roll(3) }
    if (roll(4) === 0) fields.unique = { key: `k${roll(5)}`, mode: roll(2) === 0 ? 'keep' : 'replace' }
    return { id, queue: 'q', name: 'work', priority: 5, body: `{"id":"${id}"}`, ...fields }
  }
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
  const states: JobState[] = ['ready', 'delayed', 'done', 'dead', 'cancelled']
  return {
    fresh,
    verdict,
    some: () => Array.from({ length: 1 + roll(5) }, () => ids[roll(ids.length)] ?? 'none'),
    states: () => [states[roll(5)]!],
  }
}

/** Three workers do anything to one store, at random; then everything that is derived from the jobs is as the jobs say. */
it.for([1, 2, 3, 4, 5, 6])(
  'counters and memberships never drift, seed %i',
  { timeout: 60_000 },
  async (seed, context) => {
    const store = await installation(context)
    const roll = dice(seed)
    const make = makers(roll)
    const hands = [await store.open(), await store.open(), await store.open({ leaseMs: 20 })]
    const [boss] = hands as [Hand]
    const [limits, inspector] = [limitsOf(boss), inspectorOf(boss)]
    const held: Reservation[][] = [[], [], []]
    let revision = 0

    const steps: ((at: number) => Promise<unknown>)[] = [
      (at) => hands[at]!.enqueue(Array.from({ length: roll(8) }, make.fresh)),
      async (at) => {
        if ((await hands[at]!.beat({ renew: at !== 2 })).session === 'revoked') await hands[at]!.open()
        const reserved = await hands[at]!.reserve('q', 1 + roll(6)).catch(() => ({ jobs: [] }))
        held[at]!.push(...reserved.jobs)
      },
      (at) => {
        const loans = held[at]!.splice(0, roll(5))
        return hands[at]!.driver.settle(
          hands[at]!.call(),
          loans.map(({ receipt }) => ({ receipt, verdict: make.verdict() })),
        )
      },
      () => boss.driver.sweep(1 + roll(4)),
      () => inspector.cancel(make.some()),
      () => inspector.retry(make.some()),
      () => inspector.remove(make.some()),
      () => inspector.purge('q', make.states(), roll(3)),
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
    await everythingEnds(store, hands)
  },
)

/** Whoever is left can be taken and settled once nothing limits them: nobody is parked for ever, and nothing stays behind. */
async function everythingEnds(store: Installation, hands: Hand[]): Promise<void> {
  const [boss, ...others] = hands as [Hand, Hand]
  await limitsOf(boss).set('q', { group: 'g1' }, {}, 1e9)
  await limitsOf(boss).set('q', 'groups', {}, 1e9)
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
  await inspectorOf(boss).purge('q', ['done', 'dead', 'cancelled', 'quarantined'], 1_000)
  // The last group keeps its turn.
  expect(await store.redis.zcard(store.key('ring:q'))).toBeLessThanOrEqual(1)
  const kept = /^(?:n|n:q|queues|sessions|s:.*|held:.*|calls:.*|log|ring:q|rest:q|lg:q|format|idle:q|bell:.*)$/
  expect((await store.keys()).filter((key) => !kept.test(key))).toEqual([])
}
