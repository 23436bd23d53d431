import { describe, expect, test } from 'vitest'
import type { Reservation } from '../../src/contract/index.ts'
import { ids, jobOf, jobs, scene, waiting } from '../../test/support/sharded.ts'
import { done } from '../conformance/hand.ts'

describe('a reserve', () => {
  test('never takes more than was wanted, and all that there is', async (context) => {
    const { other } = await scene(context)
    for (const limit of [1, 2, 5, 40]) {
      const batch = jobs(40)
      await other.add(...batch)
      const taken: Reservation[] = []
      while (taken.length < batch.length) {
        const loans = await other.take('q', limit)
        expect(loans.length).toBe(Math.min(limit, batch.length - taken.length))
        taken.push(...loans)
      }
      expect(ids(taken)).toEqual(ids(batch))
    }
  })

  test('finds the rest where the most of it lies', async (context) => {
    const { other } = await scene(context)
    const batch = [...jobs(90, { group: 'acme' }), ...jobs(3, { group: 'b' })]
    await other.add(...batch)
    expect(await other.take('q', 60)).toHaveLength(60)
    expect(await other.take('q', 60)).toHaveLength(33)
  })

  test('of several queues gives each at most what it asked for', async (context) => {
    const { other } = await scene(context)
    await other.add(...jobs(20), ...jobs(20, { queue: 'r' }))
    const demand = [
      { queue: 'q', limit: 2 },
      { queue: 'r', limit: 7 },
    ]
    const signal = new AbortController().signal
    const { jobs: loans } = await other.driver.reserve(other.call(), { demand, limit: 8, waitMs: 0, signal })
    const ofQ = loans.filter(({ job }) => job.queue === 'q').length
    expect([loans.length, ofQ <= 2]).toEqual([8, true])
  })

  test('that waits is woken by each shard, and takes one alone', async (context) => {
    const { server, hand, other } = await scene(context)
    for (const shard of [0, 1, 2, 1]) {
      const { pending } = await waiting(server, hand)
      const one = jobOf(shard)
      await other.add(one)
      const { jobs: loans } = await pending
      expect(ids(loans)).toEqual([one.id])
      await hand.settle(loans, done)
    }
  })

  test('ends when it is told to, with a session that goes on', async (context) => {
    const { server, hand } = await scene(context)
    const stop = new AbortController()
    const { pending } = await waiting(server, hand, stop)
    stop.abort()
    expect(await pending).toEqual({ jobs: [], broken: [] })
    expect((await hand.beat()).session).toBe('alive')
  })
})

describe('when one shard does not answer, the same call again', () => {
  const lost = { retryable: true }

  test('enqueues once', async (context) => {
    const { hand, other, lose } = await scene(context)
    for (const shard of [0, 1, 2]) {
      const batch = jobs(30)
      const call = hand.call()
      const gone = lose(shard)
      await expect(hand.enqueue(batch, call)).rejects.toMatchObject(lost)
      await gone
      const added = await hand.enqueue(batch, call)
      expect(added).toEqual(batch.map(({ id }) => ({ outcome: 'added', id })))
      expect(ids(await other.take('q'))).toEqual(ids(batch))
    }
  })

  test('reserves once, and no more than was wanted', async (context) => {
    const { hand, other, lose } = await scene(context)
    for (const shard of [0, 1, 2]) {
      await other.add(...jobs(60))
      const call = hand.call()
      const gone = lose(shard)
      await expect(hand.reserve('q', 30, { call })).rejects.toMatchObject(lost)
      await gone
      const { jobs: loans } = await hand.reserve('q', 30, { call })
      expect(new Set(ids(loans)).size).toBe(30)
      expect((await hand.reserve('q', 30, { call })).jobs).toEqual(loans)
      expect(await other.depth('q')).toMatchObject({ ready: 30, running: 30 })
      expect((await hand.settle(loans, done)).every(({ outcome }) => outcome === 'settled')).toBe(true)
      await other.settle(await other.take('q'), done)
    }
  })

  test('settles once, and says settled', async (context) => {
    const { hand, other, lose } = await scene(context)
    for (const shard of [0, 1, 2]) {
      await hand.add(...jobs(30))
      const loans = await hand.take('q')
      const call = hand.call()
      const gone = lose(shard)
      await expect(hand.settle(loans, { kind: 'release' }, call)).rejects.toMatchObject(lost)
      await gone
      const settled = await hand.settle(loans, { kind: 'release' }, call)
      expect(settled.map(({ outcome }) => outcome)).not.toContain('stale')
      const again = await other.take('q')
      expect(ids(again)).toEqual(ids(loans))
      await other.settle(again, done)
    }
  })

  test('may be asked while it is under way', async (context) => {
    const { hand, other } = await scene(context)
    const call = hand.call()
    const wish = { call, waitMs: 10_000 }
    const [first, second] = [hand.reserve('q', 5, wish), hand.reserve('q', 5, wish)]
    await other.add(jobOf(1))
    expect(await second).toEqual(await first)
    expect((await other.depth('q')).running).toBe(1)
  })
})
