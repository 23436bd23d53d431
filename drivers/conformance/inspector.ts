import assert from 'node:assert/strict'
import type { DriverTraits, JobFilter, JobRecord } from '../../src/contract/index.ts'
import { dead, done } from './hand.ts'
import type { Hand } from './hand.ts'
import { inspectorOf, lawIf } from './law.ts'
import type { Concern } from './law.ts'

const can = { inspector: true } as const
const delayed = { ...can, traits: ({ delayMsMax }: DriverTraits) => delayMsMax > 0 }

async function listed(hand: Hand, filter: JobFilter, limit = 100): Promise<string[]> {
  const { jobs } = await inspectorOf(hand).list(filter, { limit })
  return jobs.map(({ job }) => job.id)
}

export const inspector: Concern = {
  name: 'inspector',
  laws: [
    lawIf(can, 'find tells each id in its order, or undefined', async (trial) => {
      const a = await trial.open()
      const job = trial.job({ group: 'g', tags: ['t'], headers: { h: '1' }, unique: { key: 'k', mode: 'keep' } })
      await a.add(job)
      const [none, record] = await inspectorOf(a).find(['never-was', job.id])
      assert.equal(none, undefined)
      const { id, queue, group, body, tags, headers, unique } = record!.job
      assert.deepEqual(
        { id, queue, group, body, tags, headers },
        { id: job.id, queue: 'q', group: 'g', body: job.body, tags: ['t'], headers: { h: '1' } },
      )
      if (a.driver.traits.unique) assert.deepEqual([unique?.key, unique?.mode], ['k', 'keep'])
      assert.deepEqual([record!.state, record!.attempts, record!.crashes], ['ready', 0, 0])
      assert.deepEqual(await inspectorOf(a).find([]), [])
    }),

    lawIf(can, 'a record follows its job through its states', async (trial) => {
      const a = await trial.open()
      const job = trial.job({ due: { inMs: 30 } })
      await a.add(job)
      const record = async () => (await inspectorOf(a).find([job.id]))[0] as JobRecord
      const delayed = await record()
      if (delayed.state === 'delayed') assert.ok(delayed.dueAtMs! > delayed.enqueuedAtMs)
      await trial.store.advance(60 + a.driver.traits.clockStepMs)
      const loan = await a.takeOne('q')
      const running = await record()
      assert.equal(running.state, 'running')
      assert.equal(running.session, a.session)
      assert.equal(running.attempts, 1)
      assert.ok(running.startedAtMs! >= running.enqueuedAtMs)
      await a.settleOne(loan, dead)
      const died = await record()
      assert.equal(died.state, 'dead')
      assert.equal(died.session, undefined)
      assert.ok(died.settledAtMs! >= died.startedAtMs!)
    }),

    lawIf(can, 'list is newest first, page by page, while jobs come and go', async (trial) => {
      const a = await trial.open()
      const jobs = trial.jobs(10)
      for (const job of jobs) await a.add(job)
      const newestFirst = jobs.map(({ id }) => id).toReversed()
      const inspector = inspectorOf(a)
      const first = await inspector.list({ queue: 'q' }, { limit: 4 })
      assert.ok(first.cursor !== undefined)
      await a.add(trial.job())
      await inspector.remove([newestFirst[3]!])
      const second = await inspector.list({ queue: 'q' }, { limit: 4, cursor: first.cursor })
      assert.ok(second.cursor !== undefined)
      const third = await inspector.list({ queue: 'q' }, { limit: 4, cursor: second.cursor })
      assert.equal(third.cursor, undefined)
      const ids = [first, second, third].flatMap((page) => page.jobs.map(({ job }) => job.id))
      assert.deepEqual(ids, newestFirst)
    }),

    lawIf(can, 'the last page has no cursor, also when it is full', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(4))
      const first = await inspectorOf(a).list({}, { limit: 2 })
      const second = await inspectorOf(a).list(
        {},
        { limit: 2, ...(first.cursor === undefined ? {} : { cursor: first.cursor }) },
      )
      assert.equal(second.jobs.length, 2)
      assert.equal(second.cursor, undefined)
    }),

    lawIf(delayed, 'list filters by each field, and by all together', async (trial) => {
      const a = await trial.open()
      const plain = trial.job()
      const tagged = trial.job({ tags: ['x', 'y'], group: 'g', name: 'other' })
      const delayed = trial.job({ due: { inMs: 3_600_000 } })
      const elsewhere = trial.job({ queue: 'r' })
      await a.add(plain, tagged, delayed, elsewhere)
      const died = trial.job({ queue: 's' })
      await a.add(died)
      await a.settleOne(await a.takeOne('s'), { kind: 'dead', reason: '100% of 50_000 broke' })
      const cases: [JobFilter, string[]][] = [
        [{}, [died.id, elsewhere.id, delayed.id, tagged.id, plain.id]],
        [{ queue: 'q' }, [delayed.id, tagged.id, plain.id]],
        [{ queue: 'q', states: ['ready'] }, [tagged.id, plain.id]],
        [{ states: ['delayed', 'dead'] }, [died.id, delayed.id]],
        [{ states: ['running'] }, []],
        [{ name: 'other' }, [tagged.id]],
        [{ group: 'g' }, [tagged.id]],
        [{ tag: 'y' }, [tagged.id]],
        [{ tag: 'z' }, []],
        [{ idPrefix: plain.id.slice(0, -1) }, [died.id, elsewhere.id, delayed.id, tagged.id, plain.id]],
        [{ idPrefix: plain.id }, [plain.id]],
        [{ idPrefix: '%' }, []],
        [{ errorText: '100% of 50_000' }, [died.id]],
        [{ errorText: '50x000' }, []],
        [{ errorText: '100% OF' }, []],
        [{ queue: 'q', name: 'other', tag: 'x', group: 'g', states: ['ready'] }, [tagged.id]],
        [{ ageMsMin: 3_600_000 }, []],
        [{ ageMsMin: 0 }, [died.id, elsewhere.id, delayed.id, tagged.id, plain.id]],
      ]
      for (const [filter, ids] of cases) assert.deepEqual(await listed(a, filter), ids, JSON.stringify(filter))
    }),

    lawIf(can, 'list by when a job was enqueued: from then on, and before then', async (trial) => {
      const a = await trial.open()
      for (let n = 0; n < 3; n++) {
        await a.add(trial.job(), trial.job())
        await trial.store.advance(5 + a.driver.traits.clockStepMs)
      }
      const { jobs } = await inspectorOf(a).list({}, { limit: 100 })
      const told = (meant: (atMs: number) => boolean) =>
        jobs.filter(({ enqueuedAtMs }) => meant(enqueuedAtMs)).map(({ job }) => job.id)
      const times = jobs.map(({ enqueuedAtMs }) => enqueuedAtMs)
      assert.ok(new Set(times).size >= 2, `all at ${times[0]}`)
      for (const edgeMs of [...times, times[0]! + 1, times.at(-1)! - 1, 0, -1, 8.64e15]) {
        assert.deepEqual(
          await listed(a, { fromMs: edgeMs }),
          told((atMs) => atMs >= edgeMs),
          `from ${edgeMs}`,
        )
        assert.deepEqual(
          await listed(a, { toMs: edgeMs }),
          told((atMs) => atMs < edgeMs),
          `to ${edgeMs}`,
        )
        assert.deepEqual(
          await listed(a, { queue: 'q', states: ['ready'], fromMs: edgeMs, toMs: edgeMs + 1 }),
          told((atMs) => atMs === edgeMs),
          `at ${edgeMs}`,
        )
      }
    }),

    lawIf(
      { ...can, traits: ({ history }) => history },
      'list by error leaves out what was done in the end',
      async (trial) => {
        const a = await trial.open()
        const [saved, failing] = [trial.job(), trial.job()]
        await a.add(saved, failing)
        const error = 'a passing cloud'
        await a.settle(await a.take('q'), { kind: 'retry', error })
        const again = await a.take('q')
        await a.settle(
          again.filter(({ job }) => job.id === saved.id),
          { kind: 'done', keep: { count: 10, ageMs: 60_000 } },
        )
        assert.deepEqual(await listed(a, { errorText: error }), [failing.id])
      },
    ),

    lawIf(delayed, 'peek shows the next ones in their order, and takes nothing', async (trial) => {
      const a = await trial.open()
      const jobs = [trial.job({ priority: 1 }), trial.job({ priority: 9 }), trial.job({ due: { inMs: 3_600_000 } })]
      await a.add(...jobs)
      const peeked = (await inspectorOf(a).peek('q', 10)).map(({ job }) => job.id)
      assert.equal((await a.depth('q')).ready, 2)
      const taken = await a.takeIds('q')
      if (a.driver.traits.order === 'priority') assert.deepEqual(peeked, taken)
      else assert.deepEqual(peeked.toSorted(), taken.toSorted())
      assert.deepEqual(await inspectorOf(a).peek('never-seen', 10), [])
    }),

    lawIf(can, 'peek is bounded, and shows jobs of every group in turn', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(5, { group: 'a' }), ...trial.jobs(5, { group: 'b' }))
      const peeked = await inspectorOf(a).peek('q', 4)
      assert.equal(peeked.length, 4)
      if (a.driver.traits.groups) assert.equal(new Set(peeked.map(({ job }) => job.group)).size, 2)
    }),

    lawIf(can, 'retry: a settled job starts over, a delayed one is ready now, others are told', async (trial) => {
      const a = await trial.open()
      const inspector = inspectorOf(a)
      const [died, delayed, ready, running] = [
        trial.job({ queue: 'a' }),
        trial.job({ queue: 'b', due: { inMs: 3_600_000 } }),
        trial.job({ queue: 'c' }),
        trial.job({ queue: 'd' }),
      ]
      await a.add(died, delayed, ready, running)
      await a.settleOne(await a.takeOne('a'), { kind: 'retry' })
      await a.settleOne(await a.takeOne('a'), dead)
      await a.takeOne('d')
      const answers = await inspector.retry([died.id, delayed.id, ready.id, running.id, 'never-was'])
      assert.deepEqual(answers, ['retried', 'waiting', 'waiting', 'running', 'unknown'])
      const [record] = await inspector.find([died.id])
      assert.deepEqual(
        [record?.state, record?.attempts, record?.crashes, record?.settledAtMs],
        ['ready', 0, 0, undefined],
      )
      assert.equal((await a.takeOne('a')).attempts, 1)
      assert.equal((await a.takeOne('b')).job.id, delayed.id)
      const { dead: deadLeft } = await a.depth('a')
      assert.equal(deadLeft, 0)
    }),

    lawIf(can, 'remove forgets what does not run', async (trial) => {
      const a = await trial.open()
      const jobs = trial.jobs(3)
      await a.add(...jobs)
      const loan = await a.takeOne('q')
      const waits = jobs.find(({ id }) => id !== loan.job.id)!
      const inspector = inspectorOf(a)
      assert.deepEqual(await inspector.remove([loan.job.id, waits.id, waits.id, 'never-was']), [
        'running',
        'removed',
        'unknown',
        'unknown',
      ])
      assert.deepEqual(await inspector.find([waits.id]), [undefined])
      assert.equal((await a.depth('q')).ready, 1)
      assert.notEqual(await a.settleOne(loan, done), 'stale')
    }),

    lawIf(can, 'queues lists those that hold something, by name', async (trial) => {
      const a = await trial.open()
      await a.add(
        trial.job({ queue: 'b' }),
        trial.job({ queue: 'a' }),
        trial.job({ queue: 'c', due: { inMs: 3_600_000 } }),
      )
      await inspectorOf(a).pause(['p'])
      assert.deepEqual(await inspectorOf(a).queues(), ['a', 'b', 'c', 'p'])
    }),

    lawIf(delayed, 'an audit of a sound store repairs nothing', async (trial) => {
      const a = await trial.open()
      await a.add(...trial.jobs(30), ...trial.jobs(5, { group: 'g', due: { inMs: 3_600_000 } }))
      const loans = await a.take('q', 20)
      await a.settle(loans.slice(0, 5), { kind: 'done', keep: { count: 3, ageMs: 60_000 } })
      await a.settle(loans.slice(5, 8), dead)
      await a.settle(loans.slice(8, 12), { kind: 'retry', due: { inMs: 3_600_000 } })
      let cursor: string | undefined
      let checked = 0
      for (let call = 0; call < 1_000; call++) {
        const audit = await inspectorOf(a).audit(cursor)
        assert.equal(audit.repaired, 0)
        checked += audit.checked
        cursor = audit.cursor
        if (cursor === undefined) break
      }
      assert.equal(cursor, undefined)
      assert.ok(checked >= 33, `checked ${checked}`)
      const { ready, delayed, running, done, dead: died } = await a.depth('q')
      assert.deepEqual({ ready, delayed, running, done, died }, { ready: 10, delayed: 9, running: 8, done: 3, died: 3 })
    }),

    lawIf(can, 'depth tells how long the oldest ready job has waited', async (trial) => {
      const a = await trial.open()
      assert.equal((await a.depth('q')).oldestReadyMs, undefined)
      const atMs = trial.store.nowMs()
      await a.add(trial.job())
      await trial.store.advance(50)
      await a.add(trial.job({ group: 'g', priority: 9 }))
      const { oldestReadyMs } = await a.depth('q')
      const elapsedMs = trial.store.nowMs() - atMs
      assert.ok(
        oldestReadyMs !== undefined && oldestReadyMs >= 40 && oldestReadyMs <= elapsedMs + 5,
        `${oldestReadyMs}`,
      )
      await a.take('q')
      assert.equal((await a.depth('q')).oldestReadyMs, undefined)
    }),
  ],
}
