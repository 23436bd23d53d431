import assert from 'node:assert/strict'
import type { DriverTraits, Reserved } from '../../src/contract/index.ts'
import { done } from './hand.ts'
import { inspectorOf, law, lawIf, limitScopesOf, limitsOf } from './law.ts'
import type { Concern, Trial } from './law.ts'

/** Let time pass in small steps until the reserve answers; tells how long that took by the store's clock. */
async function answer(
  trial: Trial,
  pending: Promise<Reserved>,
  mostMs: number,
): Promise<{ got: Reserved; ms: number }> {
  const startedAtMs = trial.store.nowMs()
  let got: Reserved | undefined
  const watched = pending.then((reserved) => {
    got = reserved
  })
  // Heard below if it comes in time; else the law has failed already.
  watched.catch(() => {})
  while (got === undefined && trial.store.nowMs() - startedAtMs < mostMs) await trial.store.advance(5)
  assert.ok(got !== undefined, `no answer within ${mostMs} ms`)
  await watched
  return { got, ms: trial.store.nowMs() - startedAtMs }
}

const waitMs = 5_000
const delays = { traits: ({ delayMsMax }: DriverTraits) => delayMsMax > 0 }
const lanes = { traits: ({ lanesMax }: DriverTraits) => lanesMax > 1 }

export const waiting: Concern = {
  name: 'waiting inside reserve',
  laws: [
    law('a job that is there is given at once', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job())
      const { got } = await answer(trial, a.reserve('q', 10, { waitMs }), trial.promptMs)
      assert.equal(got.jobs.length, 1)
    }),

    law('with nothing to come it answers none when the wait is over', async (trial) => {
      const a = await trial.open()
      const { got } = await answer(trial, a.reserve('q', 10, { waitMs: 60 }), 60 + trial.promptMs)
      assert.deepEqual(got, { jobs: [], broken: [] })
    }),

    law('a job that comes is given promptly, to one of those who wait', async (trial) => {
      const [a, b, c] = [await trial.open(), await trial.open(), await trial.open()]
      const stop = new AbortController()
      const waits = [a, b].map((hand) => hand.reserve('q', 10, { waitMs, signal: stop.signal }))
      await trial.store.advance(30)
      await c.add(trial.job())
      const { got: first } = await answer(trial, Promise.race(waits), trial.promptMs)
      assert.equal(first.jobs.length, 1)
      stop.abort()
      const { got: rest } = await answer(
        trial,
        Promise.all(waits).then(([x, y]) => ({ jobs: [...x!.jobs, ...y!.jobs], broken: [] })),
        trial.promptMs,
      )
      assert.equal(rest.jobs.length, 1)
    }),

    lawIf(delays, 'a delayed job is given when it is due, not before', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const pending = a.reserve('q', 10, { waitMs })
      const dueAtMs = trial.store.nowMs() + 120
      await b.add(trial.job({ due: { atMs: dueAtMs } }))
      const { got } = await answer(trial, pending, 120 + trial.promptMs)
      assert.equal(got.jobs.length, 1)
      assert.ok(trial.store.nowMs() >= dueAtMs, 'before its time')
    }),

    lawIf(delays, 'one that was delayed before the wait began, too', async (trial) => {
      const a = await trial.open()
      await a.add(trial.job({ due: { inMs: 3_600_000 } }), trial.job({ due: { inMs: 100 } }))
      const { got } = await answer(trial, a.reserve('q', 10, { waitMs }), 100 + trial.promptMs)
      assert.equal(got.jobs.length, 1)
    }),

    law('what comes back wakes as well: a retry, a release, a closing worker', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await b.add(...trial.jobs(3))
      const loans = await b.take('q')
      for (const verdict of [{ kind: 'retry' }, { kind: 'release' }] as const) {
        const pending = a.reserve('q', 1, { waitMs })
        await trial.store.advance(20)
        await b.settleOne(loans.pop()!, verdict)
        const { got } = await answer(trial, pending, trial.promptMs)
        assert.equal(got.jobs.length, 1)
        await a.settle(got.jobs, done)
      }
      const pending = a.reserve('q', 1, { waitMs })
      await trial.store.advance(20)
      await b.driver.close()
      assert.equal((await answer(trial, pending, trial.promptMs)).got.jobs.length, 1)
    }),

    lawIf({ limits: true }, 'a cap that comes free wakes', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      await limitsOf(b).set('q', limitScopesOf(b).at(-1)!, { concurrencyMax: 1 }, 1)
      await b.add(...trial.jobs(2, { group: 'g' }))
      const [loan] = await b.take('q')
      const pending = a.reserve('q', 1, { waitMs })
      await trial.store.advance(20)
      await b.settleOne(loan!, done)
      assert.equal((await answer(trial, pending, trial.promptMs)).got.jobs.length, 1)
    }),

    lawIf({ limits: true }, 'tokens that flow in wake, of a queue and of a group', async (trial) => {
      const a = await trial.open()
      const rates = [{ tokens: 1, perMs: 100, burst: 1 }]
      for (const scope of limitScopesOf(a)) {
        const queue = `of-${scope}`
        await limitsOf(a).set(queue, scope, { rates }, 1)
        await a.add(...trial.jobs(2, { queue, group: 'g' }))
        assert.equal((await a.take(queue)).length, 1)
        const { got } = await answer(trial, a.reserve(queue, 10, { waitMs }), 100 + trial.promptMs)
        assert.equal(got.jobs.length, 1)
      }
    }),

    lawIf({ limits: true }, 'a new window of a quota wakes, of a queue and of a group', async (trial) => {
      const a = await trial.open()
      const perMs = 200
      for (const scope of limitScopesOf(a)) {
        const queue = `of-${scope}`
        await limitsOf(a).set(queue, scope, { quota: { jobs: 1, perMs } }, 1)
        await a.add(...trial.jobs(2, { queue, group: 'g' }))
        const takenAfterMs = trial.store.nowMs()
        assert.equal((await a.take(queue)).length, 1)
        const { got } = await answer(trial, a.reserve(queue, 10, { waitMs }), perMs + trial.promptMs)
        assert.equal(got.jobs.length, 1)
        const opensAtMs = (Math.floor(takenAfterMs / perMs) + 1) * perMs
        assert.ok(trial.store.nowMs() >= opensAtMs, 'before the window began')
      }
    }),

    lawIf(
      { ...delays, limits: true, inspector: true },
      'a thaw, a resume, a lifted limit and a retried job wake',
      async (trial) => {
        const [a, b] = [await trial.open(), await trial.open()]
        const [limits, inspector] = [limitsOf(b), inspectorOf(b)]
        const wakes: { park(queue: string): Promise<unknown>; wake(queue: string, id: string): Promise<unknown> }[] = [
          {
            park: (queue) => limits.freeze(queue, undefined, trial.store.nowMs() + 3_600_000),
            wake: (queue) => limits.freeze(queue, undefined, 0),
          },
          {
            park: (queue) => limits.freeze(queue, undefined, trial.store.nowMs() + 100),
            wake: async () => {},
          },
          { park: (queue) => inspector.pause([queue]), wake: (queue) => inspector.resume([queue]) },
          {
            park: (queue) => limits.set(queue, 'queue', { concurrencyMax: 0 }, 1),
            wake: (queue) => limits.set(queue, 'queue', {}, 2),
          },
        ]
        for (const [i, { park, wake }] of wakes.entries()) {
          const job = trial.job({ queue: `q${i}` })
          await park(job.queue)
          await b.add(job)
          const pending = a.reserve(job.queue, 1, { waitMs })
          await trial.store.advance(20)
          await wake(job.queue, job.id)
          assert.equal((await answer(trial, pending, 100 + trial.promptMs)).got.jobs.length, 1)
        }
        const late = trial.job({ queue: 'late', due: { inMs: 3_600_000 } })
        await b.add(late)
        const pending = a.reserve('late', 1, { waitMs })
        await trial.store.advance(20)
        assert.deepEqual(await inspector.retry([late.id]), ['waiting'])
        assert.equal((await answer(trial, pending, trial.promptMs)).got.jobs.length, 1)
      },
    ),

    law('it waits at all its queues', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const pending = a.reserve(['q', 'r', 's'], 10, { waitMs })
      await trial.store.advance(20)
      await b.add(trial.job({ queue: 's' }))
      assert.equal((await answer(trial, pending, trial.promptMs)).got.jobs.length, 1)
    }),

    lawIf(lanes, 'a lane that waits does not hold up the others', async (trial) => {
      const a = await trial.open()
      const pending = a.reserve('q', 10, { waitMs, call: a.call(0) })
      await trial.store.advance(20)
      await a.enqueue([trial.job({ queue: 'r' })], a.call(1))
      const { got: other } = await answer(trial, a.reserve('r', 10, { call: a.call(1) }), trial.promptMs)
      assert.equal(other.jobs.length, 1)
      await a.settle(other.jobs, done, a.call(1))
      await a.enqueue([trial.job()], a.call(1))
      assert.equal((await answer(trial, pending, trial.promptMs)).got.jobs.length, 1)
    }),

    law('an aborted wait ends promptly', async (trial) => {
      const a = await trial.open()
      const stop = new AbortController()
      const pending = a.reserve('q', 10, { waitMs, signal: stop.signal })
      await trial.store.advance(20)
      stop.abort()
      const { got } = await answer(trial, pending, trial.promptMs)
      assert.deepEqual(got.jobs, [])
      const ended = AbortSignal.abort()
      await answer(trial, a.reserve('q', 10, { waitMs, signal: ended }), trial.promptMs)
    }),

    law('an abort in the same moment as a job loses nothing: delivered, or still there', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      for (let i = 0; i < 10; i++) {
        const stop = new AbortController()
        const pending = a.reserve('q', 10, { waitMs, signal: stop.signal })
        if (i % 3 === 0) await trial.store.advance(1)
        const adding = b.add(trial.job())
        if (i % 2 === 0) await Promise.resolve()
        stop.abort()
        await adding
        const { got } = await answer(trial, pending, trial.promptMs)
        const { ready, running } = await b.depth('q')
        assert.equal(running, got.jobs.length, 'on loan and not delivered')
        assert.equal(ready + running, 1)
        await a.settle(got.jobs, done)
        await b.settle(await b.take('q'), done)
      }
    }),

    law('close ends a wait, and takes nothing with it', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const pending = a.reserve('q', 10, { waitMs }).catch((): Reserved => ({ jobs: [], broken: [] }))
      await trial.store.advance(20)
      await a.driver.close()
      const { got } = await answer(trial, pending, trial.promptMs)
      assert.deepEqual(got.jobs, [])
      await b.add(trial.job())
      assert.equal((await b.take('q')).length, 1)
    }),
  ],
}
