import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done, release, retry } from './hand.ts'
import { lawIf, limitScopesOf, limitsOf } from './law.ts'
import type { Concern } from './law.ts'

const limited = { limits: true } as const
const grouped = { limits: true, traits: ({ groups }: DriverTraits) => groups } as const

/** The window that began in 1970 ends long after every run of this suite. */
const centuryMs = 100 * 31_557_600_000
/** A window that a law can wait for. */
const windowMs = 250

export const quotas: Concern = {
  name: 'quotas',
  laws: [
    lawIf(limited, 'a quota is read back, and lifted with the rest', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      const quota = { jobs: 2_000, perMs: 86_400_000 }
      await limits.set('q', 'queue', { quota, concurrencyMax: 5 }, 1)
      assert.deepEqual((await limits.read('q')).queue, { quota, concurrencyMax: 5 })
      if (a.driver.traits.groups) {
        await limits.set('q', 'groups', { quota }, 1)
        await limits.set('q', { group: 'g' }, { quota: { jobs: 7, perMs: 60_000 } }, 1)
        const { groups, group } = await limits.read('q')
        assert.deepEqual(groups, { quota })
        assert.deepEqual({ ...group }, { g: { quota: { jobs: 7, perMs: 60_000 } } })
      }
      await limits.set('q', 'queue', {}, 2)
      assert.deepEqual((await limits.read('q')).queue, {})
    }),

    lawIf(limited, 'a quota of a queue binds all workers together, and outlives the one that took', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await limitsOf(a).set('q', 'queue', { quota: { jobs: 5, perMs: centuryMs } }, 1)
      await a.add(...trial.jobs(10))
      const mine = await a.take('q', 2)
      const theirs = await b.take('q', 10)
      assert.equal(mine.length + theirs.length, 5)
      await b.settle(theirs, done)
      await a.driver.close()
      assert.deepEqual(await b.takeIds('q'), [])
      assert.equal((await b.depth('q')).ready, 7)
    }),

    lawIf(grouped, 'a quota of groups binds each of them alone, jobs without a group together', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { quota: { jobs: 2, perMs: centuryMs } }, 1)
      for (const group of ['a', 'b']) await a.add(...trial.jobs(5, { group }))
      await a.add(...trial.jobs(5))
      const loans = await a.take('q')
      const count = (group: string | undefined) => loans.filter(({ job }) => job.group === group).length
      assert.deepEqual([count('a'), count('b'), count(undefined)], [2, 2, 2])
      await a.settle(loans, done)
      assert.deepEqual(await a.takeIds('q'), [])
    }),

    lawIf(grouped, 'one group overrides the quota of all, and leaves their other limits in force', async (trial) => {
      const a = await trial.open()
      const quota = (jobs: number) => ({ quota: { jobs, perMs: centuryMs } })
      await limitsOf(a).set('q', 'groups', { ...quota(1), concurrencyMax: 8 }, 1)
      await limitsOf(a).set('q', { group: 'more' }, quota(4), 1)
      await limitsOf(a).set('q', { group: 'free' }, quota(Number.MAX_SAFE_INTEGER), 1)
      await limitsOf(a).set('q', { group: 'heavy' }, { weight: 5 }, 1)
      const groups = ['more', 'free', 'heavy', 'other']
      for (const group of groups) await a.add(...trial.jobs(20, { group }))
      const loans = await a.take('q')
      const counts = groups.map((group) => loans.filter(({ job }) => job.group === group).length)
      assert.deepEqual(counts, [4, 8, 1, 1])
    }),

    lawIf(limited, 'each new window opens it again, and not before', async (trial) => {
      const a = await trial.open()
      for (const scope of limitScopesOf(a)) {
        const queue = `of-${scope}`
        await limitsOf(a).set(queue, scope, { quota: { jobs: 2, perMs: windowMs } }, 1)
        await a.add(...trial.jobs(6, { queue, group: 'g' }))
        const startedAtMs = trial.store.nowMs()
        for (let taken = 0; taken < 6;) {
          const loans = await a.take(queue)
          assert.ok(loans.length <= 2, `${loans.length} at once`)
          taken += loans.length
          await a.settle(loans, done)
          assert.ok(trial.store.nowMs() - startedAtMs < 3 * windowMs + 2_000, `${taken} of 6`)
          if (loans.length === 0) await trial.store.advance(5)
        }
        const thirdWindowMs = (Math.floor(startedAtMs / windowMs) + 2) * windowMs
        assert.ok(trial.store.nowMs() >= thirdWindowMs, 'six of them before the third window began')
      }
    }),

    lawIf(limited, 'what is not taken costs nothing: an empty queue, a full cap, no token, a freeze', async (trial) => {
      const a = await trial.open()
      const quota = { jobs: 3, perMs: centuryMs }
      await limitsOf(a).set('q', 'queue', { quota, concurrencyMax: 1 }, 1)
      const rates = [{ tokens: 2, perMs: 3_600_000, burst: 2 }]
      if (a.driver.traits.groups) await limitsOf(a).set('q', 'groups', { quota, rates }, 1)
      for (let i = 0; i < 5; i++) assert.deepEqual(await a.takeIds('q'), [])
      await a.add(...trial.jobs(9, { group: 'g' }), ...trial.jobs(9, { group: 'h' }))
      const [first] = await a.take('q')
      for (let i = 0; i < 5; i++) assert.deepEqual(await a.takeIds('q'), [])
      await a.settleOne(first!, done)
      await limitsOf(a).freeze('q', undefined, trial.store.nowMs() + 3_600_000)
      for (let i = 0; i < 5; i++) assert.deepEqual(await a.takeIds('q'), [])
      await limitsOf(a).freeze('q', undefined, 0)
      await limitsOf(a).set('q', 'queue', { quota }, 2)
      assert.equal((await a.take('q')).length, 2)
      assert.deepEqual(await a.takeIds('q'), [])
    }),

    lawIf(limited, 'a job that is tried again counts again, released or not', async (trial) => {
      const a = await trial.open()
      const scope = a.driver.traits.groups ? { group: 'g' } : 'queue'
      await limitsOf(a).set('q', scope, { quota: { jobs: 3, perMs: centuryMs } }, 1)
      await a.add(trial.job({ group: 'g' }))
      await a.settleOne(await a.takeOne('q'), release)
      await a.settleOne(await a.takeOne('q'), retry)
      await a.settleOne(await a.takeOne('q'), retry)
      assert.deepEqual(await a.takeIds('q'), [])
    }),

    lawIf(limited, 'a quota that is raised, lowered or lifted holds at once; what was taken counts', async (trial) => {
      const a = await trial.open()
      const scope = limitScopesOf(a).at(-1)!
      const set = (jobs: number | undefined, revision: number) =>
        limitsOf(a).set('q', scope, jobs === undefined ? {} : { quota: { jobs, perMs: centuryMs } }, revision)
      await set(2, 1)
      await a.add(...trial.jobs(10, { group: 'g' }))
      assert.equal((await a.take('q')).length, 2)
      assert.deepEqual(await a.takeIds('q'), [])
      await set(5, 2)
      assert.equal((await a.take('q')).length, 3)
      await set(4, 3)
      assert.deepEqual(await a.takeIds('q'), [])
      await set(undefined, 4)
      assert.equal((await a.take('q')).length, 5)
    }),

    lawIf(grouped, 'quotas, rates and caps of queue and group hold at once: the tightest binds', async (trial) => {
      const a = await trial.open()
      const rates = [
        { tokens: 4, perMs: 3_600_000, burst: 4 },
        { tokens: 3, perMs: 20, burst: 3 },
      ]
      await limitsOf(a).set('q', 'queue', { quota: { jobs: 9, perMs: centuryMs }, concurrencyMax: 8 }, 1)
      await limitsOf(a).set('q', 'groups', { quota: { jobs: 6, perMs: centuryMs }, rates }, 1)
      for (const group of ['a', 'b']) await a.add(...trial.jobs(20, { group }))
      const first = await a.take('q')
      assert.equal(first.length, 6, 'three of each: the rate of 20 ms')
      await trial.store.advance(40)
      const second = await a.take('q')
      assert.equal(second.length, 2, 'one of each: the rate of an hour, and the cap')
      await a.settle([...first, ...second], done)
      await limitsOf(a).set('q', 'groups', { quota: { jobs: 6, perMs: centuryMs } }, 2)
      assert.equal((await a.take('q')).length, 1, 'the quota of the queue')
      await limitsOf(a).set('q', 'queue', {}, 3)
      assert.equal((await a.take('q')).length, 3, 'what is left of six of each')
      assert.deepEqual(await a.takeIds('q'), [])
    }),

    lawIf(
      limited,
      'a job that waits for its limits burns no attempt and no crash, and is not running',
      async (trial) => {
        const a = await trial.open()
        await limitsOf(a).set('q', 'queue', { quota: { jobs: 1, perMs: centuryMs } }, 1)
        const scope = limitScopesOf(a).at(-1)!
        await limitsOf(a).set('r', scope, { rates: [{ tokens: 1, perMs: 3_600_000, burst: 1 }] }, 1)
        for (const queue of ['q', 'r']) {
          await a.add(...trial.jobs(2, { queue, group: 'g' }))
          const first = await a.takeOne(queue)
          for (let i = 0; i < 3; i++) assert.deepEqual(await a.takeIds(queue), [])
          const { ready, running } = await a.depth(queue)
          assert.deepEqual({ ready, running }, { ready: 1, running: 1 })
          await a.settleOne(first, done)
          await limitsOf(a).set(queue, 'queue', {}, 2)
          await limitsOf(a).set(queue, 'groups', {}, 2)
          const { attempts, crashes } = await a.takeOne(queue)
          assert.deepEqual({ attempts, crashes }, { attempts: 1, crashes: 0 })
        }
      },
    ),
  ],
}
