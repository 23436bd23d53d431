import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done } from './hand.ts'
import type { Hand } from './hand.ts'
import { lawIf, limitScopesOf, limitsOf } from './law.ts'
import type { Concern, Trial } from './law.ts'

const limited = { limits: true } as const
const grouped = { limits: true, traits: ({ groups }: DriverTraits) => groups } as const

/** Take and finish, again and again, until `count` are done; tells how long it took by the store's clock. */
async function drain(trial: Trial, a: Hand, count: number, mostMs: number): Promise<number> {
  const startedAtMs = trial.store.nowMs()
  for (let finished = 0; finished < count;) {
    const loans = await a.take('q')
    finished += loans.length
    await a.settle(loans, done)
    assert.ok(trial.store.nowMs() - startedAtMs <= mostMs, `${finished} of ${count} after ${mostMs} ms`)
    if (loans.length === 0) await trial.store.advance(5)
  }
  return trial.store.nowMs() - startedAtMs
}

export const limits: Concern = {
  name: 'limits',
  laws: [
    lawIf(limited, 'what is set is read back, and an empty object lifts it', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      const rates = [{ tokens: 3, perMs: 1_000, burst: 3 }]
      const set = { concurrencyMax: 7, depthMax: 9, rates }
      assert.equal(await limits.set('q', 'queue', set, 2), true)
      const read = await limits.read('q')
      assert.deepEqual(read.queue, set)
      assert.equal(read.revision, 2)
      await limits.set('q', 'groups', {}, 3)
      await limits.set('q', 'queue', {}, 3)
      const lifted = await limits.read('q')
      assert.deepEqual([lifted.queue, lifted.groups, lifted.revision], [{}, {}, 3])
    }),

    lawIf(limited, 'an older revision changes nothing and says so', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      assert.equal(await limits.set('q', 'queue', { concurrencyMax: 2 }, 5), true)
      assert.equal(await limits.set('q', 'queue', { concurrencyMax: 9 }, 4), false)
      assert.equal((await limits.read('q')).queue.concurrencyMax, 2)
      assert.equal(await limits.set('q', 'queue', { concurrencyMax: 3 }, 5), true)
      assert.equal((await limits.read('q')).queue.concurrencyMax, 3)
    }),

    lawIf(limited, 'a queue without limits reads as none', async (trial) => {
      const a = await trial.open()
      const { queue, groups, group, frozen, revision } = await limitsOf(a).read('never-seen')
      assert.deepEqual(
        { queue, groups, group: { ...group }, frozen, revision },
        { queue: {}, groups: {}, group: {}, frozen: [], revision: 0 },
      )
    }),

    lawIf(
      limited,
      'concurrencyMax of a queue binds all workers together',
      async (trial) => {
        const [a, b] = [await trial.open(), await trial.open()]
        await limitsOf(a).set('q', 'queue', { concurrencyMax: 3 }, 1)
        await a.add(...trial.jobs(10))
        const mine = await a.take('q', 2)
        const theirs = await b.take('q', 10)
        assert.equal(mine.length + theirs.length, 3)
        assert.equal((await a.take('q')).length, 0)
        await b.settle(theirs, done)
        assert.equal((await a.take('q')).length, 1)
      },
      async (trial) => {
        // Without limits nothing is held back, and nothing is full: the core limits what it starts itself.
        const [a, b] = [await trial.open(), await trial.open()]
        await a.add(...trial.jobs(10, { group: 'g' }))
        assert.equal((await a.take('q', 4)).length + (await b.take('q', 10)).length, 10)
      },
    ),

    lawIf(grouped, 'concurrencyMax of groups binds each of them alone', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { concurrencyMax: 2 }, 1)
      for (const group of ['a', 'b', 'c']) await a.add(...trial.jobs(5, { group }))
      const loans = await a.take('q')
      assert.equal(loans.length, 6)
      assert.equal((await a.take('q')).length, 0)
      await a.settle(loans.filter(({ job }) => job.group === 'b').slice(0, 1), done)
      const next = await a.take('q')
      assert.deepEqual(
        next.map(({ job }) => job.group),
        ['b'],
      )
    }),

    lawIf(grouped, 'jobs without a group are bound together as one group', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { concurrencyMax: 2 }, 1)
      await a.add(...trial.jobs(5))
      assert.equal((await a.take('q')).length, 2)
    }),

    lawIf(grouped, 'one group overrides what it sets, and nothing else', async (trial) => {
      const a = await trial.open()
      const rates = [{ tokens: 3, perMs: 3_600_000, burst: 3 }]
      await limitsOf(a).set('q', 'groups', { concurrencyMax: 1, rates }, 1)
      await limitsOf(a).set('q', { group: 'vip' }, { concurrencyMax: 10 }, 1)
      await limitsOf(a).set('q', { group: 'free' }, { concurrencyMax: 10, rates: [] }, 1)
      for (const group of ['vip', 'free', 'other']) await a.add(...trial.jobs(10, { group }))
      const loans = await a.take('q')
      const count = (group: string) => loans.filter(({ job }) => job.group === group).length
      assert.deepEqual([count('vip'), count('free'), count('other')], [3, 10, 1])
    }),

    lawIf(limited, 'a cap that is raised, lowered or lifted holds at once', async (trial) => {
      const a = await trial.open()
      const scope = limitScopesOf(a).at(-1)!
      await limitsOf(a).set('q', scope, { concurrencyMax: 1 }, 1)
      await a.add(...trial.jobs(10, { group: 'g' }))
      const taken = await a.take('q')
      await limitsOf(a).set('q', scope, { concurrencyMax: 3 }, 2)
      taken.push(...(await a.take('q')))
      assert.equal(taken.length, 3)
      await limitsOf(a).set('q', scope, { concurrencyMax: 2 }, 3)
      await a.settle(taken.slice(0, 1), done)
      assert.equal((await a.take('q')).length, 0)
      await limitsOf(a).set('q', scope, {}, 4)
      assert.equal((await a.take('q')).length, 7)
    }),

    lawIf(limited, 'a limit that is set while jobs run counts those that run', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(6, { group: 'g' }))
      const loans = await a.take('q', 3)
      await limitsOf(a).set('q', a.driver.traits.groups ? { group: 'g' } : 'queue', { concurrencyMax: 3 }, 1)
      assert.equal((await a.take('q')).length, 0)
      await a.settle(loans, done)
      assert.equal((await a.take('q')).length, 3)
    }),

    lawIf(limited, 'a rate of a queue: its burst at once, then no faster than it flows in', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'queue', { rates: [{ tokens: 10, perMs: 200, burst: 5 }] }, 1)
      await a.add(...trial.jobs(15))
      const first = await a.take('q')
      assert.ok(first.length >= 5 && first.length <= 6, `${first.length} at once`)
      await a.settle(first, done)
      const ms = await drain(trial, a, 15 - first.length, 200 + 1_000)
      assert.ok(ms >= (15 - first.length - 1) * 20 - 25, `the rest in ${ms} ms`)
    }),

    lawIf(grouped, 'a rate of groups binds each alone, and a parked group comes back by itself', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { rates: [{ tokens: 1, perMs: 100, burst: 1 }] }, 1)
      for (const group of ['a', 'b']) await a.add(...trial.jobs(3, { group }))
      const first = await a.take('q')
      assert.deepEqual(new Set(first.map(({ job }) => job.group)), new Set(['a', 'b']))
      assert.equal(first.length, 2)
      await a.settle(first, done)
      const ms = await drain(trial, a, 4, 200 + 1_000)
      assert.ok(ms >= 150, `the rest in ${ms} ms`)
    }),

    lawIf(limited, 'several rates hold at once', async (trial) => {
      const a = await trial.open()
      const rates = [
        { tokens: 5, perMs: 3_600_000, burst: 5 },
        { tokens: 3, perMs: 50, burst: 3 },
      ]
      await limitsOf(a).set('q', 'queue', { rates }, 1)
      await a.add(...trial.jobs(10))
      assert.equal((await a.take('q')).length, 3)
      await trial.store.advance(80)
      assert.equal((await a.take('q')).length, 2)
      await trial.store.advance(80)
      assert.equal((await a.take('q')).length, 0)
    }),

    lawIf(
      limited,
      'what is not taken costs no token: an empty queue, a full cap, a batch that was not filled',
      async (trial) => {
        const a = await trial.open()
        await limitsOf(a).set('r', 'queue', { rates: [{ tokens: 5, perMs: 3_600_000, burst: 5 }] }, 1)
        await a.add(...trial.jobs(2, { queue: 'r' }))
        assert.equal((await a.take('r')).length, 2)
        await a.add(...trial.jobs(9, { queue: 'r' }))
        assert.equal((await a.take('r')).length, 3)
        const rates = [{ tokens: 2, perMs: 3_600_000, burst: 2 }]
        await limitsOf(a).set('q', 'queue', { rates, concurrencyMax: 1 }, 1)
        for (let i = 0; i < 3; i++) assert.deepEqual(await a.takeIds('q'), [])
        await a.add(...trial.jobs(3))
        const [first] = await a.take('q')
        for (let i = 0; i < 3; i++) assert.deepEqual(await a.takeIds('q'), [])
        await a.settleOne(first!, done)
        assert.equal((await a.take('q')).length, 1)
      },
    ),

    lawIf(limited, 'depthMax: jobs above it are full and not written, jobs that run do not count', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'queue', { depthMax: 3 }, 1)
      const outcomes = (await a.enqueue(trial.jobs(5))).map(({ outcome }) => outcome)
      assert.deepEqual(outcomes, ['added', 'added', 'added', 'full', 'full'])
      assert.deepEqual((await a.enqueue([trial.job({ due: { inMs: 3_600_000 } })]))[0]?.outcome, 'full')
      assert.equal((await a.depth('q')).ready, 3)
      await a.take('q', 2)
      await a.add(...trial.jobs(2))
      assert.equal((await a.enqueue([trial.job()]))[0]?.outcome, 'full')
      await a.add(trial.job({ queue: 'other' }))
    }),

    lawIf(limited, 'depthMax: jobs that come back are never refused', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'queue', { depthMax: 1 }, 1)
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      await a.add(trial.job())
      await a.settleOne(loan, { kind: 'retry' })
      assert.equal((await a.depth('q')).ready, 2)
    }),

    lawIf(
      { limits: true, traits: ({ unique }) => unique },
      'depthMax: a duplicate is a duplicate, and a replacement needs no room',
      async (trial) => {
        const a = await trial.open()
        await limitsOf(a).set('q', 'queue', { depthMax: 1 }, 1)
        const first = trial.job({ unique: { key: 'k', mode: 'keep' } })
        await a.add(first)
        const [keep] = await a.enqueue([trial.job({ unique: { key: 'k', mode: 'keep' } })])
        assert.deepEqual(keep, { outcome: 'duplicate', id: first.id })
        const second = trial.job({ unique: { key: 'k', mode: 'replace' } })
        assert.deepEqual(await a.enqueue([second]), [{ outcome: 'replaced', id: second.id }])
        assert.deepEqual(await a.enqueue([trial.job({ id: second.id })]), [{ outcome: 'duplicate', id: second.id }])
        await limitsOf(a).set('q', 'queue', { depthMax: 0 }, 2)
        const third = trial.job({ unique: { key: 'k', mode: 'replace' } })
        assert.deepEqual(await a.enqueue([third]), [{ outcome: 'replaced', id: third.id }])
      },
    ),

    lawIf(limited, 'a frozen queue gives nothing before its time, and then by itself', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(2))
      const untilMs = trial.store.nowMs() + 150
      await limitsOf(a).freeze('q', undefined, untilMs)
      const early = await a.take('q')
      if (trial.store.nowMs() < untilMs) assert.equal(early.length, 0)
      assert.ok(
        (await limitsOf(a).read('q')).frozen.some(({ group }) => group === undefined) || trial.store.nowMs() >= untilMs,
      )
      await trial.store.advance(170)
      assert.equal(early.length + (await a.take('q')).length, 2)
      assert.deepEqual((await limitsOf(a).read('q')).frozen, [])
    }),

    lawIf(grouped, 'a frozen group gives nothing, the others go on, and 0 lifts it', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ group: 'cold' }), trial.job({ group: 'warm' }))
      const untilMs = trial.store.nowMs() + 3_600_000
      await limitsOf(a).freeze('q', 'cold', untilMs)
      assert.deepEqual(
        (await a.take('q')).map(({ job }) => job.group),
        ['warm'],
      )
      assert.deepEqual((await limitsOf(a).read('q')).frozen, [{ group: 'cold', untilMs }])
      await limitsOf(a).freeze('q', 'cold', 0)
      assert.deepEqual(
        (await a.take('q')).map(({ job }) => job.group),
        ['cold'],
      )
    }),

    lawIf(grouped, 'parked groups do not hide the others, however many they are', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { concurrencyMax: 1 }, 1)
      const parked = Array.from({ length: 300 }, (_, i) => [
        trial.job({ group: `g${i}` }),
        trial.job({ group: `g${i}` }),
      ])
      await a.add(...parked.flat())
      assert.equal((await a.take('q', 1_000)).length, 300)
      const late = trial.job({ group: 'late' })
      await a.add(late)
      assert.deepEqual(await a.takeIds('q', 1), [late.id])
    }),
  ],
}
