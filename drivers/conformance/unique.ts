import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { dead, done, release, retry } from './hand.ts'
import { inspectorOf, lawIf } from './law.ts'
import type { Concern } from './law.ts'

const unique = { traits: ({ unique }: DriverTraits) => unique }
const delayed = { traits: ({ unique, delayMsMax }: DriverTraits) => unique && delayMsMax > 0 }
const found = { ...unique, inspector: true } as const
const keep = { key: 'order:1', mode: 'keep' } as const
const replace = { key: 'order:1', mode: 'replace' } as const

export const uniqueKeys: Concern = {
  name: 'unique keys',
  laws: [
    lawIf(
      unique,
      'keep: while the first one is ready or runs, the newcomer is a duplicate and hears its id',
      async (trial) => {
        const a = await trial.open()
        const first = trial.job({ unique: keep })
        await a.add(first)
        const duplicate = [{ outcome: 'duplicate', id: first.id }]
        assert.deepEqual(await a.enqueue([trial.job({ unique: keep })]), duplicate)
        const loan = await a.takeOne('q')
        assert.deepEqual(await a.enqueue([trial.job({ unique: keep })]), duplicate)
        await a.settleOne(loan, done)
        await a.add(trial.job({ unique: keep }))
      },
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job({ unique: keep }), trial.job({ unique: keep }))
        assert.equal((await a.take('q')).length, 2)
      },
    ),

    lawIf(unique, 'two of a key in one call: the second is a duplicate', async (trial) => {
      const a = await trial.open()
      const [first, second] = [trial.job({ unique: keep }), trial.job({ unique: keep })]
      assert.deepEqual(await a.enqueue([first, second]), [
        { outcome: 'added', id: first.id },
        { outcome: 'duplicate', id: first.id },
      ])
    }),

    lawIf(unique, 'an id that is taken is a duplicate of itself, whoever holds its key', async (trial) => {
      const a = await trial.open()
      const [holder, other] = [trial.job({ unique: keep }), trial.job()]
      await a.add(holder, other)
      const again = trial.job({ id: other.id, unique: keep })
      assert.deepEqual(await a.enqueue([again]), [{ outcome: 'duplicate', id: other.id }])
    }),

    lawIf(unique, 'a key belongs to its queue', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ unique: keep }), trial.job({ queue: 'r', unique: keep }))
    }),

    lawIf(delayed, 'a key is held through delay, retry and release, and freed by death', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: keep })
      await a.add(first)
      const held = async () => {
        const [added] = await a.enqueue([trial.job({ unique: keep })])
        assert.deepEqual(added, { outcome: 'duplicate', id: first.id })
      }
      await a.settleOne(await a.takeOne('q'), retry)
      await held()
      await a.settleOne(await a.takeOne('q'), release)
      await held()
      const loan = await a.takeOne('q')
      await a.settleOne(loan, { kind: 'retry', due: { inMs: 20 } })
      await held()
      await trial.store.advance(60 + a.driver.traits.clockStepMs)
      await a.settleOne(await a.takeOne('q'), dead)
      await a.add(trial.job({ unique: keep }))
    }),

    lawIf(unique, 'replace: the id of the one that went is free, in the same call', async (trial) => {
      const a = await trial.open()
      const [first, second] = [trial.job({ unique: replace }), trial.job({ unique: replace })]
      const again = trial.job({ id: first.id })
      assert.deepEqual(await a.enqueue([first, second, again]), [
        { outcome: 'added', id: first.id },
        { outcome: 'replaced', id: second.id },
        { outcome: 'added', id: first.id },
      ])
    }),

    lawIf(unique, 'replace: the newcomer takes the place of one that waits', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: replace, body: 'old' })
      const second = trial.job({ unique: replace, body: 'new', priority: 9 })
      await a.add(first)
      assert.deepEqual(await a.enqueue([second]), [{ outcome: 'replaced', id: second.id }])
      assert.equal((await a.depth('q')).ready, 1)
      const loan = await a.takeOne('q')
      assert.equal(loan.job.id, second.id)
      assert.equal(loan.job.body, 'new')
    }),

    lawIf(unique, 'replace: who was replaced may come anew behind the newcomer, in the same batch', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: { key: 'order:1', mode: 'keep' } })
      const second = trial.job({ unique: replace })
      await a.add(first)
      const { unique: _, ...anew } = first
      const outcomes = (await a.enqueue([second, anew, second])).map(({ outcome }) => outcome)
      assert.deepEqual(outcomes, ['replaced', 'added', 'duplicate'])
      assert.deepEqual((await a.takeIds('q')).toSorted(), [first.id, second.id])
    }),

    lawIf(delayed, 'replace: a delayed one too, and the new due time counts', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ unique: replace, due: { inMs: 3_600_000 } }))
      const second = trial.job({ unique: replace })
      assert.deepEqual(await a.enqueue([second]), [{ outcome: 'replaced', id: second.id }])
      assert.equal((await a.depth('q')).delayed, 0)
      assert.deepEqual(await a.takeIds('q'), [second.id])
    }),

    lawIf(unique, 'replace: one that runs stays, and the newcomer is a duplicate', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: replace })
      await a.add(first)
      const loan = await a.takeOne('q')
      assert.deepEqual(await a.enqueue([trial.job({ unique: replace })]), [{ outcome: 'duplicate', id: first.id }])
      assert.notEqual(await a.settleOne(loan, done), 'stale')
    }),

    lawIf(found, 'replace: the old id is forgotten', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: replace })
      await a.add(first)
      await a.enqueue([trial.job({ unique: replace })])
      assert.deepEqual(await inspectorOf(a).find([first.id]), [undefined])
      await a.add(trial.job({ id: first.id }))
    }),

    lawIf(unique, 'forMs: the key is held for that long, also when the job is done', async (trial) => {
      const a = await trial.open()
      const forMs = 300
      const first = trial.job({ unique: { ...keep, forMs } })
      const atMs = trial.store.nowMs()
      await a.add(first)
      await a.settleOne(await a.takeOne('q'), done)
      const [early] = await a.enqueue([trial.job({ unique: keep })])
      if (trial.store.nowMs() - atMs < forMs - 50) assert.deepEqual(early, { outcome: 'duplicate', id: first.id })
      await trial.store.advance(forMs + 20)
      const [late] = await a.enqueue([trial.job({ unique: keep })])
      if (early?.outcome === 'duplicate') assert.equal(late?.outcome, 'added')
    }),

    lawIf(
      unique,
      'forMs: when it is over the key is free, and its old holder does not free it for the new one',
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job({ unique: { ...keep, forMs: 30 } }))
        const loan = await a.takeOne('q')
        await trial.store.advance(60)
        const second = trial.job({ unique: keep })
        await a.add(second)
        await a.settleOne(loan, done)
        assert.deepEqual(await a.enqueue([trial.job({ unique: keep })]), [{ outcome: 'duplicate', id: second.id }])
      },
    ),

    lawIf(
      unique,
      'forMs: the window of a replaced job does not end the key of the one that replaced it',
      async (trial) => {
        const a = await trial.open()
        await a.add(trial.job({ unique: { ...replace, forMs: 150 } }))
        const second = trial.job({ unique: replace })
        assert.equal((await a.enqueue([second]))[0]?.outcome, 'replaced')
        await trial.store.advance(180)
        await a.add(trial.job({ unique: { key: 'another', mode: 'keep', forMs: 1_000 } }))
        assert.deepEqual(await a.enqueue([trial.job({ unique: keep })]), [{ outcome: 'duplicate', id: second.id }])
      },
    ),

    lawIf(found, 'a removed, cancelled or purged job frees its key', async (trial) => {
      const a = await trial.open()
      const inspector = inspectorOf(a)
      const jobs = trial.jobs(4, { unique: keep })
      await a.add(jobs[0]!)
      await inspector.remove([jobs[0]!.id])
      await a.add(jobs[1]!)
      await inspector.cancel([jobs[1]!.id])
      await a.add(jobs[2]!)
      await inspector.purge('q', ['ready'], 10)
      await a.add(jobs[3]!)
    }),

    lawIf(found, 'a dead job that is retried takes its key again, if nobody else has it', async (trial) => {
      const a = await trial.open()
      const first = trial.job({ unique: keep })
      await a.add(first)
      await a.settleOne(await a.takeOne('q'), dead)
      const second = trial.job({ unique: keep })
      await a.add(second)
      assert.deepEqual(await inspectorOf(a).retry([first.id]), ['duplicate'])
      await a.settleOne(await a.takeOne('q'), done)
      assert.deepEqual(await inspectorOf(a).retry([first.id]), ['retried'])
      assert.deepEqual(await a.enqueue([trial.job({ unique: keep })]), [{ outcome: 'duplicate', id: first.id }])
    }),
  ],
}
