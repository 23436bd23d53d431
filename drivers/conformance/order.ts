import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done, idsOf, release } from './hand.ts'
import { law, lawIf } from './law.ts'
import type { Concern } from './law.ts'

const priority = { traits: ({ order }: DriverTraits) => order === 'priority' }
const ordered = { traits: ({ order }: DriverTraits) => order !== 'none' }

export const order: Concern = {
  name: 'reserve and its order',
  laws: [
    law('an empty queue gives nothing, at once', async (trial) => {
      const a = await trial.open()
      assert.deepEqual(await a.reserve('nothing-here'), { jobs: [], broken: [] })
    }),

    law('a job is on loan to one at a time', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const jobs = trial.jobs(20)
      await a.add(...jobs)
      const mine = await a.takeIds('q', 15)
      const theirs = await b.takeIds('q', 15)
      assert.deepEqual(
        [...mine, ...theirs].toSorted(),
        jobs.map(({ id }) => id),
      )
    }),

    law('gives at most the limit of the call, and of each queue', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(5), ...trial.jobs(5, { queue: 'r' }))
      const signal = new AbortController().signal
      const first = await a.driver.reserve(a.call(), {
        demand: [
          { queue: 'q', limit: 2 },
          { queue: 'r', limit: 4 },
        ],
        limit: 5,
        waitMs: 0,
        signal,
      })
      const queues = first.jobs.map(({ job }) => job.queue)
      assert.deepEqual(queues.toSorted(), ['q', 'q', 'r', 'r', 'r'])
      assert.equal((await a.take('q', 0)).length, 0)
    }),

    law('tells attempts, crashes, when it was enqueued and how long it waited', async (trial) => {
      const a = await trial.open()
      const beforeMs = trial.store.nowMs()
      await a.add(trial.job())
      await trial.store.advance(30)
      const loan = await a.takeOne('q')
      assert.equal(loan.attempts, 1)
      assert.equal(loan.crashes, 0)
      const tookMs = trial.store.nowMs() - beforeMs
      assert.ok(loan.enqueuedAtMs >= beforeMs - 5 && loan.enqueuedAtMs <= beforeMs + tookMs, `${loan.enqueuedAtMs}`)
      assert.ok(loan.waitedMs >= 25 && loan.waitedMs <= tookMs + 5, `waited ${loan.waitedMs} of ${tookMs}`)
    }),

    lawIf(
      ordered,
      'first in, first out inside a priority',
      async (trial) => {
        const a = await trial.open()
        const jobs = trial.jobs(50)
        await a.add(...jobs.slice(0, 30))
        await a.add(...jobs.slice(30))
        assert.deepEqual(
          [...(await a.takeIds('q', 7)), ...(await a.takeIds('q'))],
          jobs.map(({ id }) => id),
        )
      },
      async (trial) => {
        // In any order, and each of them.
        const a = await trial.open()
        const jobs = trial.jobs(50)
        await a.add(...jobs.slice(0, 30))
        await a.add(...jobs.slice(30))
        assert.deepEqual(
          [...(await a.takeIds('q', 7)), ...(await a.takeIds('q'))].toSorted(),
          jobs.map(({ id }) => id),
        )
      },
    ),

    lawIf(
      priority,
      'higher priorities first, whenever they came',
      async (trial) => {
        const a = await trial.open()
        const jobs = [5, 0, 9, 5, 9, 1].map((priority) => trial.job({ priority }))
        await a.add(...jobs)
        const ids = await a.takeIds('q')
        assert.deepEqual(
          ids,
          [2, 4, 0, 3, 5, 1].map((i) => jobs[i]!.id),
        )
        await a.add(trial.job({ priority: 0 }))
        const urgent = trial.job({ priority: 9 })
        await a.add(urgent)
        assert.equal((await a.takeOne('q')).job.id, urgent.id)
      },
      async (trial) => {
        // All are given, whatever their priority, which comes back; where there is an order, it holds among equals.
        const a = await trial.open()
        const jobs = [5, 0, 9, 5, 9, 1].map((priority) => trial.job({ priority }))
        await a.add(...jobs)
        const loans = await a.take('q')
        const ids = idsOf(loans)
        assert.deepEqual(
          ids.toSorted(),
          jobs.map(({ id }) => id),
        )
        const [first, second] = [0, 3].map((i) => ids.indexOf(jobs[i]!.id)) as [number, number]
        assert.ok(a.driver.traits.order === 'none' || first < second, 'the order of two equals')
        const priorities = new Map(loans.map(({ job }) => [job.id, job.priority]))
        for (const { id, priority } of jobs) assert.equal(priorities.get(id), priority)
      },
    ),

    lawIf(
      priority,
      'a released job goes before those that were never taken, and behind higher priorities',
      async (trial) => {
        const a = await trial.open()
        const jobs = trial.jobs(6)
        await a.add(...jobs)
        const loans = await a.take('q', 3)
        await a.settle(loans, release)
        const urgent = trial.job({ priority: 6 })
        await a.add(urgent)
        const ids = await a.takeIds('q')
        assert.equal(ids[0], urgent.id)
        assert.deepEqual(ids.slice(1, 4).toSorted(), idsOf(loans))
        assert.deepEqual(
          ids.slice(4),
          jobs.slice(3).map(({ id }) => id),
        )
      },
      async (trial) => {
        const a = await trial.open()
        const jobs = trial.jobs(6)
        await a.add(...jobs)
        await a.settle(await a.take('q', 3), release)
        assert.deepEqual(
          (await a.takeIds('q')).toSorted(),
          jobs.map(({ id }) => id),
        )
      },
    ),

    law('queues do not mix', async (trial) => {
      const a = await trial.open()
      const [mine, theirs] = [trial.job({ queue: 'a' }), trial.job({ queue: 'ab' })]
      await a.add(mine, theirs)
      const loan = await a.takeOne('a')
      assert.equal(loan.job.id, mine.id)
      assert.deepEqual(await a.takeIds('a'), [])
      await a.settleOne(loan, done)
      assert.deepEqual(await a.takeIds('ab'), [theirs.id])
    }),

    law('many workers at once take each job exactly once', async (trial) => {
      const hands = await Promise.all(Array.from({ length: 4 }, () => trial.open()))
      const jobs = trial.jobs(200)
      await hands[0]!.add(...jobs)
      const taken: string[] = []
      await Promise.all(
        hands.map(async (hand) => {
          for (;;) {
            const loans = await hand.take('q', 9)
            if (loans.length === 0) return
            taken.push(...idsOf(loans))
            await hand.settle(loans, done)
          }
        }),
      )
      assert.deepEqual(
        taken.toSorted(),
        jobs.map(({ id }) => id),
      )
    }),

    law('names are a hint: what a store hands out beyond them can be released', async (trial) => {
      const a = await trial.open()
      const known = trial.job({ name: 'known' })
      await a.add(trial.job({ name: 'unknown' }), known)
      const demand = [{ queue: 'q', limit: 10, names: ['known'] }]
      const { jobs } = await a.driver.reserve(a.call(), {
        demand,
        limit: 10,
        waitMs: 0,
        signal: new AbortController().signal,
      })
      assert.ok(idsOf(jobs).includes(known.id))
    }),
  ],
}
