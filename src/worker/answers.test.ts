import { describe, expect, it } from 'vitest'
import { gate, until, working } from '../../test/support/work.ts'
import { type Env, systemEnv } from '../base/env.ts'
import type { StreamEvent } from '../contract/fleet.ts'
import { defineJob } from '../index.ts'
import { answersOf } from './answers.ts'
import { fleetOfWorker } from './fleet.ts'

const quick: Env = { ...systemEnv, setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, delayMs / 100, kind) }

describe('a worker of this process as a fleet', () => {
  it('answers health, snapshot, concurrency, pause and resume', async () => {
    const held = gate()
    const job = defineJob('one', {}, () => held.opened)
    const { client, worker } = await working([job], { concurrency: 5 })
    const fleet = fleetOfWorker(
      answersOf(() => worker),
      systemEnv,
    )
    expect(fleet.reload).toBeUndefined()
    expect(await fleet.ask('health', undefined)).toMatchObject({
      answers: [{ process: 0, pid: process.pid, answer: { ok: true, state: 'running' } }],
      missing: [],
    })
    expect((await fleet.ask('pause', undefined)).answers[0]?.answer).toBe(true)
    expect(worker.state).toBe('paused')
    expect((await fleet.ask('resume', undefined)).answers[0]?.answer).toBe(true)
    expect((await fleet.ask('setConcurrency', { concurrency: 3 })).answers[0]?.answer).toBe(3)
    expect(worker.concurrency).toBe(3)
    expect((await fleet.ask('setConcurrency', { concurrency: 1, queue: 'default' })).answers[0]?.answer).toBe(1)
    await client.enqueueMany(job, [undefined, undefined])
    await until(() => worker.running === 1)
    const { answers } = await fleet.ask('snapshot', undefined)
    expect(answers[0]?.answer).toMatchObject({ worker: { session: worker.session }, fibers: { concurrency: 3 } })
    expect((await fleet.ask('metrics', undefined)).answers[0]?.answer.map(({ name }) => name)).toContain(
      'fiber_work_slots',
    )
    expect((await fleet.ask('jobLog', { id: 'x' })).answers[0]).toEqual({
      process: 0,
      pid: process.pid,
      answer: undefined,
    })
    held.open()
  })

  it.each<[{ concurrency: number; queue?: string }, string]>([
    [{ concurrency: 0 }, 'from 1 to 100000'],
    [{ concurrency: 1.5 }, 'from 1 to 100000'],
    [{ concurrency: -1, queue: 'default' }, 'from 0 to 100000'],
    [{ concurrency: 1, queue: 'nope' }, 'no queue "nope"; it works default'],
  ])('%j is refused', async (value, why) => {
    const { worker } = await working([defineJob('one', {}, () => {})])
    const fleet = fleetOfWorker(
      answersOf(() => worker),
      systemEnv,
    )
    expect(await fleet.ask('setConcurrency', value)).toEqual({ answers: [], missing: [expect.stringContaining(why)] })
    expect(worker.concurrency).toBe(1_000)
  })

  it('while it starts there is health, and nothing else', async () => {
    const fleet = fleetOfWorker(
      answersOf(() => undefined),
      systemEnv,
    )
    expect((await fleet.ask('health', undefined)).answers[0]?.answer).toMatchObject({ ok: true, state: 'starting' })
    expect(await fleet.ask('snapshot', undefined)).toEqual({
      answers: [],
      missing: ['the worker could not answer: The worker is starting.'],
    })
  })

  it('while something keeps it from starting it is not well, and says what', async () => {
    let held: string | undefined = 'the store is away'
    const tellers = { held: () => held }
    const fleet = fleetOfWorker(
      answersOf(() => undefined, tellers),
      systemEnv,
    )
    const health = async () => (await fleet.ask('health', undefined)).answers[0]?.answer
    expect(await health()).toMatchObject({ ok: false, state: 'starting', reasons: ['the store is away'] })
    held = undefined
    expect(await health()).toMatchObject({ ok: true, state: 'starting', reasons: ['the worker is starting'] })
  })

  it('others know metrics and the log of a job', async () => {
    const families = [{ name: 'jobs', help: '', type: 'counter' as const, samples: [] }]
    const tellers = { metrics: () => families, jobLog: async () => [] }
    const fleet = fleetOfWorker(
      answersOf(() => undefined, tellers),
      systemEnv,
    )
    expect((await fleet.ask('metrics', undefined)).answers[0]?.answer).toEqual(families)
    expect((await fleet.ask('jobLog', { id: 'x' })).answers[0]?.answer).toEqual([])
  })

  it('an answer that does not come is missing, and is not waited for', async () => {
    const answers = answersOf(() => undefined, { metrics: () => new Promise(() => {}) })
    expect(await fleetOfWorker(answers, quick).ask('metrics', undefined)).toEqual({
      answers: [],
      missing: ['the worker does not answer'],
    })
  })

  it('all who watch hear the same', async () => {
    const job = defineJob('one', {}, () => {})
    const { client, worker } = await working([job])
    const fleet = fleetOfWorker(
      answersOf(() => worker),
      quick,
    )
    const first: StreamEvent[] = []
    const second: StreamEvent[] = []
    const ends = [
      fleet.watch((events) => void first.push(...events), 'all'),
      fleet.watch((events) => void second.push(...events), ['job']),
    ]
    const { id } = await client.enqueue(job)
    await until(() => first.length === 2 && second.length === 2)
    expect(first).toEqual(second)
    expect(first).toMatchObject([
      { event: 'job.started', queue: 'default', job: id },
      { event: 'job.ended', queue: 'default', job: id, data: { name: 'one', verdict: 'done' } },
    ])
    ends[0]!()
    ends[0]!()
    await client.enqueue(job)
    await until(() => second.length === 4)
    expect(first).toHaveLength(2)
    ends[1]!()
  })
})
