import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { done, idsOf } from './hand.ts'
import { inspectorOf, lawIf } from './law.ts'
import type { Concern } from './law.ts'

const can = { inspector: true } as const
const delayed = { ...can, traits: ({ delayMsMax }: DriverTraits) => delayMsMax > 0 }

export const pause: Concern = {
  name: 'pause and purge',
  laws: [
    lawIf(
      can,
      'a paused queue gives nothing, takes jobs, and lets those that run end',
      async (trial) => {
        const [a, b] = [await trial.open(), await trial.open()]
        await a.add(...trial.jobs(2))
        const loan = await a.takeOne('q')
        await inspectorOf(b).pause(['q'])
        assert.deepEqual(await a.takeIds('q'), [])
        await a.add(trial.job())
        assert.notEqual(await a.settleOne(loan, done), 'stale')
        const { paused, ready } = await a.depth('q')
        assert.deepEqual({ paused, ready }, { paused: true, ready: 2 })
        assert.deepEqual((await a.beat()).paused, ['q'])
        await inspectorOf(b).resume(['q'])
        assert.equal((await a.take('q')).length, 2)
        assert.deepEqual((await a.beat()).paused, [])
        assert.equal((await a.depth('q')).paused, false)
      },
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job())
        assert.deepEqual((await a.beat()).paused, [])
        assert.equal((await a.depth('q')).paused, false)
        assert.equal((await a.take('q')).length, 1)
      },
    ),

    lawIf(can, 'pausing twice is pausing once, and other queues go on', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job(), trial.job({ queue: 'r' }))
      await inspectorOf(a).pause(['q', 'empty'])
      await inspectorOf(a).pause(['q'])
      assert.deepEqual(idsOf((await a.reserve(['q', 'r'])).jobs).length, 1)
      await inspectorOf(a).resume(['q', 'never-paused'])
      assert.equal((await a.take('q')).length, 1)
    }),

    lawIf(can, 'delayed jobs become due in a paused queue', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ due: { inMs: 30 } }))
      await inspectorOf(a).pause(['q'])
      await trial.store.advance(60 + a.driver.traits.clockStepMs)
      assert.deepEqual(await a.takeIds('q'), [])
      await inspectorOf(a).resume(['q'])
      assert.equal((await a.take('q')).length, 1)
    }),

    lawIf(delayed, 'purge removes what is in the states, bounded, and says when there is more', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(6), ...trial.jobs(2, { due: { inMs: 3_600_000 } }), trial.job({ queue: 'r' }))
      const inspector = inspectorOf(a)
      assert.deepEqual(await inspector.purge('q', ['ready'], 4), { removed: 4, more: true })
      assert.deepEqual(await inspector.purge('q', ['ready'], 4), { removed: 2, more: false })
      const { ready, delayed } = await a.depth('q')
      assert.deepEqual({ ready, delayed }, { ready: 0, delayed: 2 })
      assert.equal((await a.depth('r')).ready, 1)
      assert.deepEqual(await inspector.purge('q', ['ready', 'delayed'], 100), { removed: 2, more: false })
    }),

    lawIf(can, 'purge never removes what runs', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const loan = await a.takeOne('q')
      assert.deepEqual(await inspectorOf(a).purge('q', ['running', 'ready'], 10), { removed: 0, more: false })
      assert.notEqual(await a.settleOne(loan, done), 'stale')
    }),

    lawIf(can, 'purge of settled jobs', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(3))
      await a.settle(await a.take('q'), { kind: 'dead', reason: 'x' })
      assert.deepEqual(await inspectorOf(a).purge('q', ['dead'], 10), { removed: 3, more: false })
      assert.equal((await a.depth('q')).dead, 0)
    }),
  ],
}
