import assert from 'node:assert/strict'
import type { DriverTraits } from '../../src/contract/index.ts'
import { groupsOf } from './group-depths.ts'
import { lawIf, limitsOf } from './law.ts'
import type { Concern } from './law.ts'

const limited = { limits: true } as const
const grouped = { inspector: true, limits: true, traits: ({ groups }: DriverTraits) => groups } as const

const hourMs = 3_600_000

/** A span that began a moment ago: stores with a clock of their own have gone on since. */
function within(toldMs: number | undefined, spanMs: number): void {
  assert.ok(
    toldMs !== undefined && Number.isInteger(toldMs) && toldMs <= spanMs && toldMs > spanMs - 60_000,
    `${toldMs} ms, not ${spanMs}`,
  )
}

export const whatLimitsLeave: Concern = {
  name: 'what limits leave',
  laws: [
    lawIf(
      limited,
      'what rates and a quota leave to a queue is told, and when its next job may start',
      async (trial) => {
        const a = await trial.open()
        const limits = limitsOf(a)
        const rate = { tokens: 3, perMs: 3 * hourMs, burst: 3 }
        const quota = { jobs: 5, perMs: 100 * 366 * 24 * hourMs }
        await limits.set('q', 'queue', { concurrencyMax: 9 }, 1)
        assert.equal((await limits.read('q')).left, undefined)
        await limits.set('q', 'queue', { rates: [rate], quota }, 2)
        await a.add(...trial.jobs(5))
        const { left: full } = await limits.read('q')
        assert.deepEqual(full?.rates, [{ ...rate, left: 3, fullInMs: 0 }])
        assert.deepEqual([full?.quota?.left, full?.quota?.jobs, full?.nextInMs], [5, 5, 0])
        for (let taken = 0; taken < 3;) taken += (await a.take('q')).length
        const { left } = await limits.read('q')
        assert.deepEqual([left?.rates[0]?.left, left?.quota?.left], [0, 2])
        within(left?.nextInMs, hourMs)
        within(left?.rates[0]?.fullInMs, 3 * hourMs)
        assert.ok((left?.quota?.endsInMs ?? 0) > 0)
      },
    ),

    lawIf(grouped, 'groups: what rates and quotas leave is told, and when the next job may start', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      const rates = [
        { tokens: 5, perMs: 5 * hourMs, burst: 5 },
        { tokens: 60, perMs: hourMs * 60, burst: 2 },
      ]
      const quota = { jobs: 4, perMs: 100 * 366 * 24 * hourMs }
      await limits.set('q', 'groups', { rates }, 1)
      await limits.set('q', { group: 'both' }, { quota }, 1)
      await limits.set('q', { group: 'spent' }, { rates: [], quota: { ...quota, jobs: 1 } }, 1)
      await limits.set('q', { group: 'free' }, { rates: [] }, 1)
      await limits.set('q', { group: 'cap' }, { rates: [], concurrencyMax: 1 }, 1)
      for (const group of ['both', 'spent', 'free', 'cap', 'frozen']) await a.add(...trial.jobs(5, { group }))
      const told = async () =>
        new Map((await groupsOf(a)).map(({ group, ready: _ready, running: _running, ...rest }) => [group!, rest]))
      const before = await told()
      assert.deepEqual(before.get('free'), {})
      assert.deepEqual(before.get('cap'), {})
      const { left } = before.get('both')!
      assert.deepEqual(
        left?.rates,
        rates.map((rate) => ({ ...rate, left: rate.burst, fullInMs: 0 })),
      )
      assert.deepEqual([left?.quota?.left, left?.quota?.jobs, left?.quota?.perMs], [4, 4, quota.perMs])
      assert.equal(left?.nextInMs, 0)
      const untilMs = trial.store.nowMs() + 2 * hourMs
      await limits.freeze('q', 'frozen', untilMs)
      assert.equal((await a.take('q', 9)).length, 9)
      const after = await told()
      const both = after.get('both')!
      assert.equal(both.held, 'rate')
      assert.deepEqual(
        both.left?.rates.map((rate) => rate.left),
        [3, 0],
      )
      assert.equal(both.left?.quota?.left, 2)
      // The second bucket has a token again after one hour, and is full after two.
      within(both.nextInMs, hourMs)
      within(both.left?.nextInMs, hourMs)
      within(both.left?.rates[0]?.fullInMs, 2 * hourMs)
      within(both.left?.rates[1]?.fullInMs, 2 * hourMs)
      const spent = after.get('spent')!
      assert.deepEqual([spent.held, spent.left?.quota?.left, spent.left?.rates], ['quota', 0, []])
      assert.equal(Math.abs(spent.nextInMs! - spent.left!.quota!.endsInMs) <= 1, true)
      assert.ok(spent.left!.quota!.endsInMs > 0 && spent.left!.quota!.endsInMs <= quota.perMs)
      // No clock tells when a job ends.
      assert.deepEqual(after.get('cap'), { held: 'concurrency' })
      const frozen = after.get('frozen')!
      assert.equal(frozen.held, 'frozen')
      within(frozen.nextInMs, 2 * hourMs)
    }),

    lawIf(grouped, 'groups: what binds the whole queue puts the next start off as well', async (trial) => {
      const a = await trial.open()
      const limits = limitsOf(a)
      await limits.set('q', 'queue', { rates: [{ tokens: 1, perMs: 3 * hourMs, burst: 1 }] }, 1)
      await limits.set('q', 'groups', { rates: [{ tokens: 1, perMs: hourMs, burst: 1 }] }, 1)
      await a.add(...trial.jobs(2, { group: 'a' }))
      await a.takeOne('q')
      const [group] = await groupsOf(a)
      assert.equal(group?.held, 'rate')
      within(group?.nextInMs, 3 * hourMs)
      within(group?.left?.nextInMs, hourMs)
    }),
  ],
}
