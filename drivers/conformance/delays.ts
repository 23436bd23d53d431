import assert from 'node:assert/strict'
import { done, idsOf } from './hand.ts'
import { law } from './law.ts'
import type { Concern } from './law.ts'

export const delays: Concern = {
  name: 'delays',
  laws: [
    law('a delayed job is not given out before it is due, and then it is', async (trial) => {
      const a = await trial.open()
      const dueAtMs = trial.store.nowMs() + 80
      await a.add(trial.job({ due: { inMs: 80 } }))
      const early = await a.take('q')
      if (trial.store.nowMs() < dueAtMs) {
        assert.equal(early.length, 0)
        assert.equal((await a.depth('q')).delayed + (await a.depth('q')).ready, 1)
      }
      await trial.store.advance(80 + a.driver.traits.clockStepMs)
      assert.equal(early.length + (await a.take('q')).length, 1)
    }),

    law('atMs is the same by the wall clock', async (trial) => {
      const a = await trial.open()
      const atMs = trial.store.nowMs() + 80
      await a.add(trial.job({ due: { atMs } }))
      const early = await a.take('q')
      if (trial.store.nowMs() < atMs) assert.equal(early.length, 0)
      await trial.store.advance(80 + a.driver.traits.clockStepMs)
      assert.equal(early.length + (await a.take('q')).length, 1)
    }),

    law('a due time that has passed is now', async (trial) => {
      const a = await trial.open()
      const dues = [{ inMs: 0 }, { inMs: -5 }, { atMs: 0 }, { atMs: trial.store.nowMs() - 60_000 }]
      await a.add(...dues.map((due) => trial.job({ due })))
      assert.equal((await a.take('q')).length, 4)
    }),

    law('delayed jobs are counted as delayed, and as ready once they are due', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ due: { inMs: 3_600_000 } }), ...trial.jobs(2, { due: { inMs: 40 } }))
      await trial.store.advance(40 + a.driver.traits.clockStepMs)
      const { ready, delayed } = await a.depth('q')
      assert.deepEqual({ ready, delayed }, { ready: 2, delayed: 1 })
    }),

    law('jobs that became due are given out in the order of their due times', async (trial) => {
      const a = await trial.open()
      const jobs = [60, 20, 40].map((inMs) => trial.job({ due: { inMs } }))
      await a.add(...jobs)
      await trial.store.advance(60 + a.driver.traits.clockStepMs)
      const ids = await a.takeIds('q')
      const expected = [1, 2, 0].map((i) => jobs[i]!.id)
      if (a.driver.traits.order === 'none') assert.deepEqual(ids.toSorted(), expected.toSorted())
      else assert.deepEqual(ids, expected)
    }),

    law('a retry waits for its due time, and tells its attempts', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const dueAtMs = trial.store.nowMs() + 80
      await a.settleOne(await a.takeOne('q'), { kind: 'retry', due: { inMs: 80 } })
      const early = await a.take('q')
      if (trial.store.nowMs() < dueAtMs) assert.equal(early.length, 0)
      await trial.store.advance(80 + a.driver.traits.clockStepMs)
      const [loan] = early.length > 0 ? early : await a.take('q')
      assert.equal(loan?.attempts, 2)
    }),

    law('a delayed release gives the attempt back', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      await a.settleOne(await a.takeOne('q'), { kind: 'release', due: { inMs: 30 } })
      await trial.store.advance(60 + a.driver.traits.clockStepMs)
      assert.equal((await a.takeOne('q')).attempts, 1)
    }),

    law('the longest delay that the traits allow is kept, not wrapped around', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ due: { inMs: a.driver.traits.delayMsMax } }))
      await trial.store.advance(20)
      assert.deepEqual(await a.takeIds('q'), [])
      assert.equal((await a.depth('q')).delayed, 1)
    }),

    law('waitedMs counts from the due time', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ due: { inMs: 100 } }))
      const atMs = trial.store.nowMs()
      await trial.store.advance(130 + a.driver.traits.clockStepMs)
      const loan = await a.takeOne('q')
      const sinceMs = trial.store.nowMs() - atMs
      assert.ok(loan.waitedMs <= sinceMs - 95 && loan.waitedMs >= 0, `waited ${loan.waitedMs} of ${sinceMs}`)
    }),

    law('more due jobs than one batch all come', async (trial) => {
      const a = await trial.open()
      const count = Math.min(a.driver.traits.batchMax, 1_000)
      const jobs = [...trial.jobs(count, { due: { inMs: 50 } }), ...trial.jobs(count, { due: { inMs: 50 } })]
      await a.add(...jobs.slice(0, count))
      await a.add(...jobs.slice(count))
      await trial.store.advance(80 + a.driver.traits.clockStepMs)
      const seen = new Set<string>()
      for (let i = 0; i < 10 && seen.size < jobs.length; i++) {
        const loans = await a.take('q', count)
        for (const id of idsOf(loans)) seen.add(id)
        await a.settle(loans, done)
      }
      assert.equal(seen.size, jobs.length)
    }),
  ],
}
