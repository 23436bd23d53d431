import assert from 'node:assert/strict'
import { type DriverTraits, lostAttempt } from '../../src/contract/index.ts'
import type { Hand } from './hand.ts'
import { done } from './hand.ts'
import { inspectorOf, lawIf, leaseMsShort } from './law.ts'
import type { Concern } from './law.ts'

const told = { inspector: true, traits: ({ failures }: DriverTraits) => failures } as const
const kept = { inspector: true, traits: ({ failures, history }: DriverTraits) => failures && history } as const
const lost = {
  inspector: true,
  traits: ({ failures, lease, crashes }: DriverTraits) => failures && lease === 'session' && crashes,
} as const

const keep = { count: 10, ageMs: 3_600_000 }

/** Of a job's failures the attempts and their errors. */
async function failuresOf(hand: Hand, id: string): Promise<[number, string][] | undefined> {
  const [record] = await inspectorOf(hand).find([id])
  return record?.failures?.map(({ attempt, error }) => [attempt, error])
}

async function fail(hand: Hand, error: string): Promise<void> {
  await hand.settleOne(await hand.takeOne('q'), { kind: 'retry', error })
}

export const failures: Concern = {
  name: 'failed attempts',
  laws: [
    lawIf(told, 'each attempt that fails is told, oldest first, with its time and its error', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      assert.equal(await failuresOf(a, job.id), undefined)
      await fail(a, 'first')
      await trial.store.advance(20)
      await fail(a, 'second')
      await a.settleOne(await a.takeOne('q'), { kind: 'dead', reason: 'third' })
      const [record] = await inspectorOf(a).find([job.id])
      const told = record?.failures ?? []
      assert.deepEqual(
        told.map(({ attempt, error }) => [attempt, error]),
        [
          [1, 'first'],
          [2, 'second'],
          [3, 'third'],
        ],
      )
      const times = told.map(({ atMs }) => atMs)
      assert.ok(times[0]! >= record!.enqueuedAtMs && times[0]! < times[1]!, times.join())
      assert.equal(times[2], record!.settledAtMs)
      assert.equal(record!.error, 'third')
    }),

    lawIf(told, 'what was released, cancelled or ended well has no failure more', async (trial) => {
      const a = await trial.open()
      const jobs = ['r', 'c'].map((queue) => trial.job({ queue }))
      await a.add(...jobs)
      await a.settleOne(await a.takeOne('r'), { kind: 'release', error: 'given back' })
      await a.settleOne(await a.takeOne('c'), { kind: 'cancelled', reason: 'not needed any more' })
      for (const { id } of jobs) assert.equal(await failuresOf(a, id), undefined)
    }),

    lawIf(told, 'a list and a peek tell them too', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      await fail(a, 'no luck')
      const { jobs } = await inspectorOf(a).list({ queue: 'q' }, { limit: 10 })
      const told = [...jobs, ...(await inspectorOf(a).peek('q', 10))].map(({ failures = [] }) => failures)
      assert.deepEqual(
        told.map((failures) => failures.map(({ error }) => error)),
        [['no luck'], ['no luck']],
      )
    }),

    lawIf(kept, 'a job that is done in the end tells what failed before', async (trial) => {
      const a = await trial.open()
      const jobs = trial.jobs(2)
      await a.add(...jobs)
      const [first, second] = await a.take('q')
      await a.settle([first!], { kind: 'retry', error: 'no luck' })
      await a.settle([second!], { kind: 'done', result: '"at once"', keep })
      await a.settleOne(await a.takeOne('q'), { kind: 'done', result: '"luck"', keep })
      assert.deepEqual(await failuresOf(a, first!.job.id), [[1, 'no luck']])
      assert.equal(await failuresOf(a, second!.job.id), undefined)
    }),

    lawIf(told, 'they stay when a dead job starts over, and go with it', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      await a.settleOne(await a.takeOne('q'), { kind: 'dead', reason: 'broken' })
      assert.deepEqual(await inspectorOf(a).retry([job.id]), ['retried'])
      assert.deepEqual(await failuresOf(a, job.id), [[1, 'broken']])
      await a.settleOne(await a.takeOne('q'), { kind: 'dead', reason: 'still broken' })
      assert.deepEqual(await failuresOf(a, job.id), [
        [1, 'broken'],
        [1, 'still broken'],
      ])
      await inspectorOf(a).remove([job.id])
      await a.add(job)
      assert.equal(await failuresOf(a, job.id), undefined)
      await fail(a, 'anew')
      await a.settleOne(await a.takeOne('q'), done)
      await a.add(job)
      assert.equal(await failuresOf(a, job.id), undefined)
    }),

    lawIf(told, 'the newest ten are kept, of long ones fewer, and the newest always', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      for (let n = 1; n <= 12; n++) await fail(a, `number ${n}`)
      const some = (await failuresOf(a, job.id)) ?? []
      assert.deepEqual(
        some.map(([attempt]) => attempt),
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      )
      assert.equal(some.at(-1)?.[1], 'number 12')
      for (let n = 13; n <= 16; n++) await fail(a, `${n}`.padEnd(40_000, '!'))
      const long = (await failuresOf(a, job.id)) ?? []
      assert.ok(long.length < 3 && long.at(-1)![0] === 16, `${long.length} failures`)
      assert.equal(long.at(-1)![1].length, 40_000)
    }),

    lawIf(told, 'any text is an error', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      const errors = ['', 'a\nb\r\n\tc', 'NUL \u0000, \u0001', 'half \ud800 a pair', '"{}[]|,\\ %s \u2028 ü 😀']
      for (const error of errors) await fail(a, error)
      assert.deepEqual(
        await failuresOf(a, job.id),
        errors.map((error, i) => [i + 1, error]),
      )
    }),

    lawIf(told, 'a late verdict adds none', async (trial) => {
      const a = await trial.open()
      const job = trial.job()
      await a.add(job)
      const loan = await a.takeOne('q')
      await a.settleOne(loan, { kind: 'retry', error: 'in time' })
      await a.settleOne(loan, { kind: 'retry', error: 'late' })
      assert.deepEqual(await failuresOf(a, job.id), [[1, 'in time']])
    }),

    lawIf(
      lost,
      'an attempt that is lost with its session is told, and no other of its loans that had not begun',
      async (trial) => {
        const a = await trial.open(leaseMsShort)
        const b = await trial.open()
        const jobs = trial.jobs(2)
        await a.add(...jobs)
        const loans = await a.take('q')
        const waiting = loans[1]!
        await a.driver.beat({ renew: false, running: 2, progress: [], about: '{}', unbegun: [waiting.receipt] })
        await trial.letDie()
        await b.driver.sweep(100)
        assert.deepEqual(await failuresOf(b, loans[0]!.job.id), [[1, lostAttempt]])
        assert.equal(await failuresOf(b, waiting.job.id), undefined)
      },
    ),
  ],
}
