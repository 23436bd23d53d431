import assert from 'node:assert/strict'
import { isFiberWorkError } from '../../src/contract/index.ts'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done, idsOf } from './hand.ts'
import { law, lawIf, limitsOf } from './law.ts'
import type { Concern, Trial } from './law.ts'

const fair = { traits: ({ groups }: DriverTraits) => groups }
const weighted = { ...fair, limits: true } as const
const prioritised = { traits: ({ groups, order }: DriverTraits) => groups && order === 'priority' }

/** Take small batches, as slots come free, until `count` are taken; tells the groups in their order. */
async function turns(trial: Trial, queue: string, count: number, limit: number): Promise<(string | undefined)[]> {
  const a = await trial.open()
  const groups: (string | undefined)[] = []
  while (groups.length < count) {
    const loans = await a.take(queue, limit)
    if (loans.length === 0) break
    groups.push(...loans.map(({ job }) => job.group))
    await a.settle(loans, done)
  }
  return groups.slice(0, count)
}

export const groups: Concern = {
  name: 'groups',
  laws: [
    law('jobs with a group and without are all given out', async (trial) => {
      const a = await trial.open()
      const jobs = [...trial.jobs(3), ...trial.jobs(3, { group: 'a' }), ...trial.jobs(3, { group: 'b' })]
      await a.add(...jobs)
      assert.deepEqual(
        (await a.takeIds('q')).toSorted(),
        jobs.map(({ id }) => id),
      )
    }),

    lawIf(
      fair,
      'a single job waits behind at most ten of a tenant that has thousands waiting, with batches of 5 and of 500',
      async (trial) => {
        const a = await trial.open()
        for (const size of [5, Math.min(500, a.driver.traits.batchMax)]) {
          const queue = `by-${size}`
          for (let i = 0; i < 6; i++) await a.add(...trial.jobs(500, { queue, group: 'big' }))
          await turns(trial, queue, 2 * size, size)
          await a.add(trial.job({ queue, group: 'small' }))
          const after = await turns(trial, queue, 15, size)
          const place = after.indexOf('small')
          assert.ok(place >= 0 && place <= 10, `batches of ${size}: place ${place}: ${after.join(' ')}`)
        }
      },
      async (trial) => {
        const a = await trial.open()
        await a.add(...trial.jobs(20, { group: 'big' }), trial.job({ group: 'small' }))
        assert.equal((await a.take('q', 21)).length, 21)
      },
    ),

    lawIf(fair, 'no tenant overtakes by calling itself urgent', async (trial) => {
      const a = await trial.open()
      await a.add(
        ...trial.jobs(100, { group: 'urgent', priority: 9 }),
        ...trial.jobs(100, { group: 'calm', priority: 0 }),
      )
      const taken = await turns(trial, 'q', 60, 6)
      const calm = taken.filter((group) => group === 'calm').length
      assert.ok(calm >= 24 && calm <= 36, `calm had ${calm} of 60`)
    }),

    lawIf(fair, 'jobs without a group take turns as one group', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(100), ...trial.jobs(100, { group: 'a' }))
      const taken = await turns(trial, 'q', 60, 6)
      const grouped = taken.filter((group) => group === 'a').length
      assert.ok(grouped >= 24 && grouped <= 36, `a had ${grouped} of 60`)
    }),

    lawIf(prioritised, 'priorities order inside a group', async (trial) => {
      const a = await trial.open()
      const [low, high] = [trial.job({ group: 'a', priority: 1 }), trial.job({ group: 'a', priority: 8 })]
      await a.add(low, high)
      assert.deepEqual(await a.takeIds('q'), [high.id, low.id])
    }),

    lawIf(fair, 'a group that was idle does not save up turns', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(200, { group: 'busy' }), trial.job({ group: 'idle' }))
      await turns(trial, 'q', 100, 10)
      await a.add(...trial.jobs(50, { group: 'idle' }))
      const taken = await turns(trial, 'q', 40, 5)
      const busy = taken.filter((group) => group === 'busy').length
      assert.ok(busy >= 14 && busy <= 26, `busy had ${busy} of 40: ${taken.join(' ')}`)
    }),

    lawIf(
      fair,
      'a group that had the queue to itself is not made to wait for that when another comes',
      async (trial) => {
        const a = await trial.open()
        await a.add(...trial.jobs(300, { group: 'first' }))
        await a.settle(await a.take('q', 100), done)
        await a.add(...trial.jobs(100, { group: 'second' }))
        const taken = await turns(trial, 'q', 40, 5)
        const first = taken.filter((group) => group === 'first').length
        assert.ok(first >= 14 && first <= 26, `first had ${first} of 40: ${taken.join(' ')}`)
      },
    ),

    lawIf(weighted, 'weights divide the turns', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', { group: 'heavy' }, { weight: 3 }, 1)
      await a.add(...trial.jobs(200, { group: 'light' }), ...trial.jobs(200, { group: 'heavy' }))
      const taken = await turns(trial, 'q', 120, 8)
      const heavy = taken.filter((group) => group === 'heavy').length
      assert.ok(heavy >= 80 && heavy <= 100, `heavy had ${heavy} of 120`)
    }),

    lawIf(fair, 'a hundred groups all get their turn in the first rounds', async (trial) => {
      const a = await trial.open()
      for (let i = 0; i < 10; i++) {
        const jobs = Array.from({ length: 100 }, (_, n) => trial.job({ group: `g${n}` }))
        await a.add(...jobs)
      }
      const groups = await turns(trial, 'q', 500, 50)
      const seen = new Map<string | undefined, number>()
      for (const group of groups) seen.set(group, (seen.get(group) ?? 0) + 1)
      assert.equal(seen.size, 100)
      assert.ok(Math.max(...seen.values()) <= 10, `one had ${Math.max(...seen.values())} of 500`)
    }),

    law('groups of the same name in two queues are two groups', async (trial) => {
      const a = await trial.open()
      const [mine, theirs] = [trial.job({ queue: 'q1', group: 'g' }), trial.job({ queue: 'q2', group: 'g' })]
      await a.add(mine, theirs)
      assert.deepEqual(idsOf(await a.take('q1')), [mine.id])
      assert.deepEqual(idsOf(await a.take('q2')), [theirs.id])
    }),

    lawIf(
      weighted,
      'limits of groups are read back, and lifted apart; who knows no groups refuses them',
      async (trial) => {
        const a = await trial.open()
        const limits = limitsOf(a)
        const rates = [{ tokens: 3, perMs: 1_000, burst: 3 }]
        assert.equal(await limits.set('q', 'groups', { rates, weight: 2 }, 1), true)
        assert.equal(await limits.set('q', { group: 'g' }, { weight: 4 }, 2), true)
        const read = await limits.read('q')
        assert.deepEqual(read.groups, { rates, weight: 2 })
        assert.deepEqual({ ...read.group }, { g: { weight: 4 } })
        await limits.set('q', { group: 'g' }, {}, 3)
        const lifted = await limits.read('q')
        assert.deepEqual({ ...lifted.group }, {})
        assert.deepEqual(lifted.groups, { rates, weight: 2 })
      },
      async (trial) => {
        const a = await trial.open()
        if (a.driver.limits === undefined) return
        const refused = (error: unknown) => isFiberWorkError(error) && error.code === 'FW_DRIVER_TRAIT'
        await assert.rejects(limitsOf(a).set('q', 'groups', { concurrencyMax: 1 }, 1), refused)
        await assert.rejects(limitsOf(a).set('q', { group: 'g' }, { weight: 2 }, 1), refused)
        await assert.rejects(limitsOf(a).freeze('q', 'g', trial.store.nowMs() + 1_000), refused)
      },
    ),
  ],
}
