import assert from 'node:assert/strict'
import type { DriverTraits, GroupDepth } from '../../src/contract/index.ts'
import { done } from './hand.ts'
import type { Hand } from './hand.ts'
import { inspectorOf, lawIf, limitsOf } from './law.ts'
import type { Concern, Trial } from './law.ts'

const traits = ({ groups }: DriverTraits) => groups
const can = { inspector: true, traits } as const
const delayable = { inspector: true, traits: (has: DriverTraits) => traits(has) && has.delayMsMax > 0 } as const
const limited = { ...can, limits: true } as const

const hourMs = 3_600_000
/** One job, and then for a long time none. */
const oneToken = { rates: [{ tokens: 1, perMs: hourMs, burst: 1 }] }
const oneJob = { quota: { jobs: 1, perMs: 100 * 366 * 24 * hourMs } }

export async function groupsOf(hand: Hand, limit = 100, queue = 'q'): Promise<GroupDepth[]> {
  const inspector = inspectorOf(hand)
  assert.ok(inspector.groups, 'an inspector of a store with groups tells of them')
  return inspector.groups(queue, limit)
}

/** By name, `-` for the jobs without a group; those that nothing holds are not told. */
async function heldOf(hand: Hand): Promise<Record<string, string>> {
  const told = await groupsOf(hand)
  return Object.fromEntries(told.flatMap(({ group = '-', held }) => (held === undefined ? [] : [[group, held]])))
}

/** Two jobs each of `a`, `b` and none. */
const pairs = (trial: Trial) => [...trial.jobs(2, { group: 'a' }), ...trial.jobs(2, { group: 'b' }), ...trial.jobs(2)]

export const groupDepths: Concern = {
  name: 'groups, looked at',
  laws: [
    lawIf(can, 'groups: what is ready and runs in each, those with most ready jobs first, bounded', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(3, { group: 'a' }), ...trial.jobs(7, { group: 'b' }), ...trial.jobs(5))
      await a.add(trial.job({ queue: 'r', group: 'elsewhere' }))
      assert.deepEqual(await groupsOf(a), [
        { group: 'b', ready: 7, running: 0 },
        { ready: 5, running: 0 },
        { group: 'a', ready: 3, running: 0 },
      ])
      assert.deepEqual(await groupsOf(a, 1), [{ group: 'b', ready: 7, running: 0 }])
      assert.deepEqual(await groupsOf(a, 10, 'never-seen'), [])
      const loans = await a.take('q', 6)
      const told = await groupsOf(a)
      for (const { group, ready, running } of told) {
        const mine = loans.filter(({ job }) => job.group === group).length
        assert.equal(running, mine)
        assert.equal(ready + running, group === 'a' ? 3 : group === 'b' ? 7 : 5)
      }
      assert.equal(
        told.reduce((sum, { running }) => sum + running, 0),
        6,
      )
    }),

    lawIf(
      delayable,
      'groups: one whose jobs all run is told, one whose jobs are gone or wait for their time is not',
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job({ group: 'gone' }))
        await a.settleOne(await a.takeOne('q'), done)
        const removed = trial.job({ group: 'removed' })
        await a.add(trial.job({ group: 'runs' }))
        await a.takeOne('q')
        await a.add(removed, trial.job({ group: 'later', due: { inMs: hourMs } }), trial.job({ group: 'waits' }))
        await inspectorOf(a).remove([removed.id])
        assert.deepEqual(await groupsOf(a), [
          { group: 'waits', ready: 1, running: 0 },
          { group: 'runs', ready: 0, running: 1 },
        ])
      },
    ),

    lawIf(limited, 'groups: what holds one of them is told, and nothing where nothing does', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      await limits.set('q', { group: 'cap' }, { concurrencyMax: 1 }, 1)
      await limits.set('q', { group: 'rate' }, oneToken, 1)
      await limits.set('q', { group: 'quota' }, oneJob, 1)
      for (const group of ['cap', 'rate', 'quota', 'frozen', 'free']) await a.add(...trial.jobs(3, { group }))
      await limits.freeze('q', 'frozen', trial.store.nowMs() + hourMs)
      assert.deepEqual(await heldOf(a), { frozen: 'frozen' })
      // One of each that has a limit, and all of the one that has none.
      assert.equal((await a.take('q', 6)).length, 6)
      await a.add(trial.job({ group: 'free' }))
      const held = { cap: 'concurrency', rate: 'rate', quota: 'quota', frozen: 'frozen' }
      assert.deepEqual(await heldOf(a), held)
      // Asked in vain, they are parked; what is told of them stays.
      assert.equal((await a.take('q')).length, 1)
      await a.add(trial.job({ group: 'free' }))
      assert.deepEqual(await heldOf(a), held)
      assert.deepEqual(
        (await groupsOf(a)).find(({ group }) => group === 'cap'),
        { group: 'cap', ready: 2, running: 1, held: 'concurrency' },
      )
    }),

    lawIf(limited, 'groups: what binds each of them alike holds those that used it up', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { concurrencyMax: 1 }, 1)
      await a.add(...pairs(trial))
      assert.deepEqual(await heldOf(a), {})
      const loans = await a.take('q')
      assert.equal(loans.length, 3)
      assert.deepEqual(await heldOf(a), { a: 'concurrency', b: 'concurrency', '-': 'concurrency' })
      await a.settle(
        loans.filter(({ job }) => job.group === 'a'),
        done,
      )
      assert.deepEqual(await heldOf(a), { b: 'concurrency', '-': 'concurrency' })
      await limitsOf(a).set('q', 'groups', {}, 2)
      assert.deepEqual(await heldOf(a), {})
    }),

    lawIf(limited, 'groups: what binds the whole queue holds all of them', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      await a.add(...pairs(trial))
      const all = (held: string) => ({ a: held, b: held, '-': held })
      await limits.freeze('q', undefined, trial.store.nowMs() + hourMs)
      assert.deepEqual(await heldOf(a), all('frozen'))
      await limits.freeze('q', undefined, 0)
      assert.deepEqual(await heldOf(a), {})
      const spent = [
        [{ concurrencyMax: 1 }, 'concurrency'],
        [oneToken, 'rate'],
        [oneJob, 'quota'],
      ] as const
      for (const [i, [settings, held]] of spent.entries()) {
        await limits.set('q', 'queue', settings, i + 1)
        await a.add(trial.job({ group: 'a' }))
        assert.equal((await a.take('q')).length, 1)
        await a.add(...pairs(trial))
        assert.deepEqual(await heldOf(a), all(held))
      }
      await limits.set('q', 'queue', {}, 9)
      assert.deepEqual(await heldOf(a), {})
    }),
  ],
}
