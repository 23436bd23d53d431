import { describe, expect, it } from 'vitest'
import { BareBroker } from '../../test/support/bare-broker.ts'
import { bareAndLedger } from '../../test/support/ledgered.ts'
import { Stepper } from '../../test/support/stepping.ts'
import { type Call, isFiberWorkError, type Reservation, type StoredJob } from '../../src/contract/index.ts'
import { done, Hand } from '../conformance/hand.ts'
import { inspectorOf } from '../conformance/law.ts'
import { memoryDriver } from '../memory/index.ts'

const leaseMs = 1_000
const job: StoredJob = { id: 'a', queue: 'q', name: 'n', priority: 5, body: '1', unique: { key: 'k', mode: 'keep' } }
const kept = { kind: 'done', result: '2', keep: { count: 10, ageMs: 3_600_000 } } as const

/** As the core does it: the same call again, until it is answered. */
async function insist<A>(hand: Hand, run: (call: Call) => Promise<A>, tries = 5): Promise<A> {
  const call = hand.call()
  for (let n = 1; ; n++) {
    try {
      return await run(call)
    } catch (error) {
      expect(error).toMatchObject({ code: 'FW_STORE_FAILED', retryable: true })
      if (n === tries) throw error
    }
  }
}

/** Writes one job, runs it and settles it; tells how far it came. */
async function life(hand: Hand, told: { enqueued: boolean; ran: number; settled: string[] }): Promise<void> {
  await insist(hand, (call) => hand.enqueue([job], call))
  told.enqueued = true
  const { jobs } = await insist(hand, (call) => hand.reserve('q', 10, { call }))
  told.ran += jobs.length
  const settled = await insist(hand, (call) => hand.settle(jobs, kept, call))
  told.settled.push(...settled.map(({ outcome }) => outcome))
}

/** A worker that comes later: it takes back what the dead left, and runs what there is. */
async function finish(world: ReturnType<typeof bareAndLedger>): Promise<{ hand: Hand; ran: string[] }> {
  await world.env.advance(2 * leaseMs + 100)
  const hand = await world.open()
  const ran: string[] = []
  for (let round = 0; round < 5; round++) {
    await hand.driver.sweep(100)
    const loans = await hand.take('q')
    ran.push(...loans.map((loan: Reservation) => loan.job.id))
    await hand.settle(loans, kept)
  }
  return { hand, ran }
}

/** How many calls to both stores an undisturbed life makes. */
const callsOfALife = await (async () => {
  const { env, driverWith } = bareAndLedger({ leaseMs })
  const stepper = new Stepper()
  const hand = await new Hand(driverWith(stepper)).open()
  const from = stepper.calls.length
  await life(hand, { enqueued: false, ran: 0, settled: [] })
  await env.advance(0)
  return stepper.calls.slice(from)
})()

const points = callsOfALife.map((call, at): [number, string] => [at, call])

it('a life is few calls: three to write a job, three to take it, two to end it, one of them for the line of those kept', () => {
  expect(callsOfALife).toEqual([
    'ledger read',
    'ledger write',
    'broker enqueue',
    'ledger write',
    'ledger read',
    'broker reserve',
    'ledger write',
    'ledger write',
    'broker settle',
    'ledger list',
  ])
})

describe.each(['lost', 'answer lost'] as const)('one call fails (%s), and is made again', (fault) => {
  it.each(points)('call %i: %s', async (at) => {
    const world = bareAndLedger({ leaseMs })
    const stepper = new Stepper()
    const hand = await world.open(stepper)
    const from = stepper.calls.length
    stepper.decide = (_, n) => (n === from + at ? fault : 'works')
    const told = { enqueued: false, ran: 0, settled: [] as string[] }
    await life(hand, told)
    // A broker that remembers no calls has lent the job to nobody then: it comes again with the end of the lease.
    const isLent = !(callsOfALife[at] === 'broker reserve' && fault === 'answer lost')
    expect(told).toEqual({ enqueued: true, ran: isLent ? 1 : 0, settled: isLent ? ['settled'] : [] })
    const { hand: later, ran } = await finish(world)
    expect(ran).toEqual(isLent ? [] : ['a'])
    expect((await inspectorOf(later).find(['a']))[0]).toMatchObject({
      state: 'done',
      result: '2',
      attempts: 1,
      crashes: 0,
    })
    expect(await later.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: 0, done: 1 })
    expect(await later.enqueue([{ ...job, id: 'b' }])).toEqual([{ outcome: 'added', id: 'b' }])
  })
})

describe.each(['lost', 'answer lost'] as const)('a worker is killed at a call (%s)', (fault) => {
  it.each(points)('call %i: %s', async (at) => {
    const world = bareAndLedger({ leaseMs })
    const stepper = new Stepper()
    const hand = await world.open(stepper)
    const from = stepper.calls.length
    stepper.decide = (_, n) => (n < from + at ? 'works' : n === from + at ? fault : 'lost')
    const told = { enqueued: false, ran: 0, settled: [] as string[] }
    await life(hand, told).catch((error: unknown) => expect(isFiberWorkError(error)).toBe(true))
    const witness = await world.open()
    const before = (await inspectorOf(witness).find(['a']))[0]
    const { hand: later, ran } = await finish(world)
    if (told.enqueued) expect(told.ran + ran.length).toBeGreaterThanOrEqual(1)
    if (before?.state === 'done') expect(ran).toEqual([])
    if (before !== undefined) expect((await inspectorOf(later).find(['a']))[0]).toMatchObject({ state: 'done' })
    expect(ran.length).toBeLessThanOrEqual(1)
    expect(await later.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: 0 })
    expect(await later.enqueue([{ ...job, id: 'b' }])).toEqual([{ outcome: 'added', id: 'b' }])
  })
})

describe('one of the two stores is down', () => {
  it.each(['ledger', 'broker'])(
    'the %s: each verb fails so that it is worth repeating, and goes on when it is back',
    async (down) => {
      const world = bareAndLedger({ leaseMs: 3_600_000 })
      const stepper = new Stepper()
      const hand = await world.open(stepper)
      await hand.enqueue([job, { ...job, id: 'c', unique: { key: 'c', mode: 'keep' } }])
      const loan = await hand.takeOne('q')
      stepper.decide = (call) => (call.startsWith(down) ? 'lost' : 'works')
      const [enqueue, reserve, settle] = [hand.call(1), hand.call(2), hand.call(3)]
      const verbs: (() => Promise<unknown>)[] = [
        () => hand.enqueue([{ ...job, id: 'b', unique: { key: 'b', mode: 'keep' } }], enqueue),
        () => hand.reserve('q', 10, { call: reserve }),
        () => hand.settle([loan], kept, settle),
        () => hand.beat(),
        () => hand.depth('q'),
      ]
      for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ code: 'FW_STORE_FAILED', retryable: true })
      stepper.decide = () => 'works'
      for (const verb of verbs) await verb()
      const taken = await hand.take('q')
      const ids = new Set([loan.job.id, ...taken.map(({ job }) => job.id)])
      const { jobs } = await inspectorOf(hand).list({ states: ['running', 'done'] }, { limit: 10 })
      expect(new Set(jobs.map(({ job }) => job.id))).toEqual(new Set(['a', 'b', 'c']))
      expect(ids.has(loan.job.id)).toBe(true)
      expect(await hand.depth('q')).toMatchObject({ ready: 0, running: 2, done: 1 })
    },
  )
})

describe('records that are evicted', () => {
  const forget = async (world: ReturnType<typeof bareAndLedger>, key: string) => {
    world.records.ledger.write([{ key }], world.env.nowMs())
  }

  it('while the job waits: it runs, and is known again from then on', async () => {
    const world = bareAndLedger()
    const hand = await world.open()
    await hand.add(job)
    for (const kind of ['r', 'j', 'u/q']) await forget(world, `bare/${kind}/${kind === 'u/q' ? 'k' : 'a'}`)
    const loan = await hand.takeOne('q')
    expect(loan).toMatchObject({ job, attempts: 1 })
    expect((await inspectorOf(hand).find(['a']))[0]).toMatchObject({ state: 'running', job })
    expect(await hand.settleOne(loan, kept)).toBe('settled')
    expect((await inspectorOf(hand).find(['a']))[0]).toMatchObject({ state: 'done', result: '2' })
  })

  it('while the job runs: its end is written down', async () => {
    const world = bareAndLedger()
    const hand = await world.open()
    await hand.add(job)
    const loan = await hand.takeOne('q')
    await forget(world, 'bare/r/a')
    expect(await hand.settleOne(loan, kept)).toBe('settled')
    expect((await inspectorOf(hand).find(['a']))[0]).toMatchObject({ state: 'done', result: '2' })
    expect(await inspectorOf(hand).audit()).toMatchObject({ repaired: 0 })
  })
})

it('a worker that comes late is told, though its broker would take the acknowledgement', async () => {
  const world = bareAndLedger({ leaseMs })
  const late = await world.open()
  await late.add(job)
  const old = await late.takeOne('q')
  await world.env.advance(leaseMs + 10)
  const next = await world.open()
  expect(await next.driver.sweep(100)).toMatchObject({ taken: 1 })
  const loan = await next.takeOne('q')
  expect(loan).toMatchObject({ attempts: 1, crashes: 1 })
  expect(await late.settleOne(old, { kind: 'dead', reason: 'too late' })).toBe('stale')
  expect(await next.settleOne(loan, done)).toBe('settled')
})

it('a message of somebody else’s is a job like any other', async () => {
  const world = bareAndLedger()
  const hand = await world.open()
  const plain = new BareBroker(memoryDriver({ store: world.queues, env: world.env }))
  await plain.open()
  await plain.enqueue({ lane: 0, seq: 1 }, [{ id: 'x', queue: 'q', name: 'foreign', priority: 5, body: '{}' }])
  const loan = await hand.takeOne('q')
  expect(loan.job).toEqual({ id: 'x', queue: 'q', name: 'foreign', priority: 5, body: '{}' })
  await hand.settle([loan], { kind: 'retry' })
  expect((await hand.takeOne('q')).attempts).toBe(2)
  expect((await inspectorOf(hand).find(['x']))[0]).toMatchObject({ state: 'running', attempts: 2 })
  await plain.close()
})
