import assert from 'node:assert/strict'
import type { DriverTraits, Keep, TerminalState, Verdict } from '../../src/contract/index.ts'
import { dead } from './hand.ts'
import type { Hand } from './hand.ts'
import { inspectorOf, lawIf, written } from './law.ts'
import type { Concern, Trial } from './law.ts'

const can = { inspector: true, traits: ({ history }: DriverTraits) => history } as const
const withKeys = { inspector: true, traits: ({ history, unique }: DriverTraits) => history && unique } as const

const hourMs = 3_600_000
const everything: Keep = { count: 0, ageMs: 0 }
const kept: Verdict = { kind: 'done', keep: { count: 1_000, ageMs: hourMs } }
const forgetful: TerminalState[] = ['done', 'dead', 'cancelled', 'quarantined']

async function trim(hand: Hand, states: TerminalState[], keep: Keep, limit = 1_000, queue = 'q') {
  const inspector = inspectorOf(hand)
  assert.ok(inspector.trim, 'an inspector of a store with history trims')
  return inspector.trim(queue, states, keep, limit)
}

/** Jobs that end one after the other, a moment apart; tells their ids, oldest first. */
async function ended(trial: Trial, hand: Hand, count: number, verdict: Verdict, queue = 'q'): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    await hand.add(trial.job({ queue }))
    const loan = await hand.takeOne(queue)
    await hand.settleOne(loan, verdict)
    ids.push(loan.job.id)
    await trial.store.advance(2)
  }
  return ids
}

async function left(hand: Hand, ids: string[]): Promise<string[]> {
  return (await inspectorOf(hand).find(ids)).flatMap((record) => (record === undefined ? [] : [record.job.id]))
}

export const trimming: Concern = {
  name: 'trim',
  laws: [
    lawIf(can, 'trim forgets what ended first, down to the count, each state apart', async (trial) => {
      const a = await trial.open()
      const [good, bad] = [await ended(trial, a, 5, kept), await ended(trial, a, 4, dead)]
      assert.deepEqual(await trim(a, ['done', 'dead'], { count: 3, ageMs: hourMs }), { removed: 3, more: false })
      assert.deepEqual(await left(a, good), good.slice(2))
      assert.deepEqual(await left(a, bad), bad.slice(1))
      const { done, dead: died } = await a.depth('q')
      assert.deepEqual({ done, died }, { done: 3, died: 3 })
    }),

    lawIf(can, 'trim forgets what ended longer ago than the age', async (trial) => {
      const a = await trial.open()
      const [old, oldBad] = [await ended(trial, a, 2, kept), await ended(trial, a, 2, dead)]
      await trial.store.advance(200)
      const betweenMs = trial.store.nowMs()
      const [young, youngBad] = [await ended(trial, a, 1, kept), await ended(trial, a, 1, dead)]
      const keep = { count: 1_000, ageMs: trial.store.nowMs() - betweenMs + 150 }
      const first = await trim(a, ['dead'], keep)
      const afterFirst = await left(a, [...old, ...oldBad])
      const second = await trim(a, forgetful, keep)
      const afterSecond = await left(a, [...old, ...oldBad, ...young, ...youngBad])
      // On a machine that slept meanwhile the young ones are old as well.
      if (trial.store.nowMs() - betweenMs >= keep.ageMs) return
      assert.deepEqual([first, afterFirst], [{ removed: 2, more: false }, old])
      assert.deepEqual([second, afterSecond], [{ removed: 2, more: false }, [...young, ...youngBad]])
    }),

    lawIf(can, 'trim is bounded, says when there is more, and then has nothing left to do', async (trial) => {
      const a = await trial.open()
      const ids = await ended(trial, a, 7, dead)
      const keep = { count: 1, ageMs: hourMs }
      assert.deepEqual(await trim(a, ['dead'], keep, 4), { removed: 4, more: true })
      assert.deepEqual(await left(a, ids), ids.slice(4))
      assert.deepEqual(await trim(a, ['dead'], keep, 2), { removed: 2, more: false })
      assert.deepEqual(await trim(a, ['dead'], keep, 4), { removed: 0, more: false })
      assert.deepEqual(await left(a, ids), ids.slice(6))
      await ended(trial, a, 3, kept)
      assert.deepEqual(await trim(a, ['dead', 'done'], { count: 0, ageMs: hourMs }, 1), { removed: 1, more: true })
      assert.deepEqual(await trim(a, ['dead', 'done'], { count: 0, ageMs: hourMs }, 3), { removed: 3, more: false })
      assert.deepEqual(await trim(a, forgetful, everything, 100, 'never-seen'), { removed: 0, more: false })
    }),

    lawIf(
      can,
      'trim of one state leaves the others, and other queues; waiting and running jobs are never touched',
      async (trial) => {
        const a = await trial.open()
        const good = await ended(trial, a, 2, kept)
        const bad = await ended(trial, a, 2, dead)
        const elsewhere = await ended(trial, a, 2, dead, 'r')
        await a.add(...trial.jobs(2))
        const loan = await a.takeOne('q')
        await trial.store.advance(5)
        assert.deepEqual(await trim(a, ['dead'], everything), { removed: 2, more: false })
        assert.deepEqual(await left(a, [...good, ...bad, ...elsewhere]), [...good, ...elsewhere])
        await trim(a, forgetful, everything)
        const { ready, running, done, dead: died } = await a.depth('q')
        assert.deepEqual({ ready, running, done, died }, { ready: 1, running: 1, done: 0, died: 0 })
        written(a, await a.settleOne(loan, dead))
        assert.deepEqual(await left(a, elsewhere), elsewhere)
      },
    ),

    lawIf(
      can,
      'trim: an id that was forgotten is free again, and one that was retried is not forgotten',
      async (trial) => {
        const a = await trial.open()
        const [gone, again] = await ended(trial, a, 2, dead)
        assert.deepEqual(await inspectorOf(a).retry([again!]), ['retried'])
        await trial.store.advance(5)
        assert.deepEqual(await trim(a, ['dead'], everything), { removed: 1, more: false })
        await a.add(trial.job({ id: gone! }))
        assert.deepEqual((await a.takeIds('q')).toSorted(), [gone!, again!].toSorted())
      },
    ),

    lawIf(withKeys, 'trim leaves unique keys as they are: one with a window is held until its end', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: { key: 'k', mode: 'keep', forMs: hourMs } })
      await a.add(first, trial.job({ unique: { key: 'other', mode: 'keep' } }))
      await a.settle(await a.take('q'), dead)
      await trial.store.advance(5)
      assert.deepEqual(await trim(a, ['dead'], everything), { removed: 2, more: false })
      const second = trial.job({ unique: { key: 'k', mode: 'keep', forMs: hourMs } })
      assert.deepEqual(await a.enqueue([second]), [{ outcome: 'duplicate', id: first.id }])
      await a.add(trial.job({ unique: { key: 'other', mode: 'keep' } }))
    }),
  ],
}
