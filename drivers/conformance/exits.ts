import assert from 'node:assert/strict'
import type { DriverTraits, LimitSettings, Reservation, Verdict } from '../../src/contract/index.ts'
import { dead, done, release, retry } from './hand.ts'
import type { Hand } from './hand.ts'
import { inspectorOf, law, lawIf, leaseMsShort, limitsOf } from './law.ts'
import type { Concern, Law, Trial } from './law.ts'

// Every way out × everything a job can wait for. Random runs missed a group that was parked for ever; these lines do
// not.

const full = {
  limits: true,
  inspector: true,
  traits: ({ unique, groups, lease, fence, delayMsMax }: DriverTraits) =>
    unique && groups && lease === 'session' && fence === 'store' && delayMsMax > 0,
} as const

interface Parking {
  name: string
  /** Called when one job of group `g` in `q` runs, before the others come. */
  park(hand: Hand, trial: Trial): Promise<void>
  /** Absent: the running job's exit is what lifts it. */
  lift?(hand: Hand, trial: Trial): Promise<void>
  delayed?: true
}

const hourMs = 3_600_000
const oneToken: LimitSettings = { rates: [{ tokens: 1, perMs: hourMs, burst: 1 }] }
const oneJob: LimitSettings = { quota: { jobs: 1, perMs: 100 * 366 * 24 * hourMs } }

const parkings: Parking[] = [
  {
    name: 'at the cap of the queue',
    park: async (a) => void (await limitsOf(a).set('q', 'queue', { concurrencyMax: 1 }, 1)),
  },
  {
    name: 'at the cap of all groups',
    park: async (a) => void (await limitsOf(a).set('q', 'groups', { concurrencyMax: 1 }, 1)),
  },
  {
    name: 'at the cap of its group',
    park: async (a) => void (await limitsOf(a).set('q', { group: 'g' }, { concurrencyMax: 1 }, 1)),
  },
  {
    name: 'out of tokens of the queue',
    park: (a) => spend(a, 'queue', oneToken),
    lift: async (a) => void (await limitsOf(a).set('q', 'queue', {}, 2)),
  },
  {
    name: 'out of tokens of its group',
    park: (a) => spend(a, { group: 'g' }, oneToken),
    lift: async (a) => void (await limitsOf(a).set('q', { group: 'g' }, {}, 2)),
  },
  {
    name: 'over the quota of the queue',
    park: (a) => spend(a, 'queue', oneJob),
    lift: async (a) => void (await limitsOf(a).set('q', 'queue', {}, 2)),
  },
  {
    name: 'over the quota of its group',
    park: (a) => spend(a, { group: 'g' }, oneJob),
    lift: async (a) => void (await limitsOf(a).set('q', { group: 'g' }, {}, 2)),
  },
  {
    name: 'paused',
    park: (a) => inspectorOf(a).pause(['q']),
    lift: (a) => inspectorOf(a).resume(['q']),
  },
  {
    name: 'in a frozen queue',
    park: (a, trial) => limitsOf(a).freeze('q', undefined, trial.store.nowMs() + hourMs),
    lift: (a) => limitsOf(a).freeze('q', undefined, 0),
  },
  {
    name: 'in a frozen group',
    park: (a, trial) => limitsOf(a).freeze('q', 'g', trial.store.nowMs() + hourMs),
    lift: (a) => limitsOf(a).freeze('q', 'g', 0),
  },
  {
    name: 'delayed',
    delayed: true,
    park: async () => {},
    lift: (_, trial) => trial.store.advance(140),
  },
]

/** Take the only one that the settings allow, by a job that is gone afterwards. */
async function spend(a: Hand, scope: 'queue' | { group: string }, settings: LimitSettings): Promise<void> {
  await limitsOf(a).set('q', scope, settings, 1)
  await a.add({ id: 'spender', queue: 'q', name: 'work', priority: 9, group: 'g', body: '' })
  await a.settleOne(await a.takeOne('q'), done)
}

interface Exit {
  name: string
  /** `back`: it waits again at once; `later`: it is delayed for an hour; `end`: it has ended. */
  leads: 'back' | 'later' | 'end'
  leave(runner: Hand, loan: Reservation, other: Hand, trial: Trial): Promise<void>
}

const verdictExit = (name: string, leads: Exit['leads'], verdict: Verdict): Exit => ({
  name,
  leads,
  leave: async (runner, loan) => assert.equal(await runner.settleOne(loan, verdict), 'settled'),
})

const exits: Exit[] = [
  verdictExit('done', 'end', done),
  verdictExit('done and kept', 'end', { kind: 'done', keep: { count: 10, ageMs: hourMs } }),
  verdictExit('retry', 'back', retry),
  verdictExit('delayed retry', 'later', { kind: 'retry', due: { inMs: hourMs } }),
  verdictExit('release', 'back', release),
  verdictExit('delayed release', 'later', { kind: 'release', due: { inMs: hourMs } }),
  verdictExit('dead', 'end', dead),
  verdictExit('quarantined', 'end', { kind: 'quarantined', reason: 'x' }),
  verdictExit('cancelled', 'end', { kind: 'cancelled', reason: 'x' }),
  {
    name: 'cancel, then retry',
    leads: 'end',
    leave: async (runner, loan, other) => {
      assert.deepEqual(await inspectorOf(other).cancel([loan.job.id]), ['cancelling'])
      assert.equal(await runner.settleOne(loan, retry), 'settled')
    },
  },
  {
    name: 'sweep',
    leads: 'back',
    leave: async (_runner, _loan, other, trial) => {
      await trial.letDie()
      assert.deepEqual(await other.driver.sweep(10), { taken: 1, more: false })
    },
  },
  { name: 'close', leads: 'back', leave: (runner) => runner.driver.close() },
  {
    name: 'reconcile',
    leads: 'back',
    leave: async (runner) => assert.deepEqual(await runner.driver.reconcile([]), { released: 1, revoked: [] }),
  },
]

/** A job runs and one of its group is parked behind it. */
async function scene(trial: Trial, parking: Parking, runnerLeaseMs: number) {
  const [runner, other] = [await trial.open(runnerLeaseMs), await trial.open()]
  const running = trial.job({ group: 'g', unique: { key: 'running', mode: 'keep' } })
  await runner.add(running)
  const loan = await runner.takeOne('q')
  await parking.park(other, trial)
  const due = parking.delayed === true ? { due: { inMs: 120 } } : {}
  const parked = trial.job({ group: 'g', unique: { key: 'parked', mode: 'replace' }, ...due })
  const parkedAtMs = trial.store.nowMs()
  await other.add(parked)
  const early = await other.takeIds('q')
  if (parking.delayed !== true || trial.store.nowMs() - parkedAtMs < 120) assert.deepEqual(early, [])
  return { runner, other, running, loan, parked }
}

/** Take one at a time, finish it, and tell who came. */
async function drain(hand: Hand): Promise<string[]> {
  const ids: string[] = []
  for (let empty = 0; empty < 2;) {
    const loans = await hand.take('q', 1)
    if (loans.length === 0) empty++
    ids.push(...loans.map(({ job }) => job.id))
    await hand.settle(loans, done)
  }
  return ids.toSorted()
}

function runnerLeaves(exit: Exit, parking: Parking): Law {
  return lawIf(full, `${exit.name} of a running job, another of its group ${parking.name}`, async (trial) => {
    const { runner, other, running, loan, parked } = await scene(
      trial,
      parking,
      exit.name === 'sweep' ? leaseMsShort : 30_000,
    )
    await exit.leave(runner, loan, other, trial)
    assert.equal((await other.depth('q')).running, 0)

    const newcomer = trial.job({ group: 'g', unique: { key: 'running', mode: 'keep' } })
    const [added] = await other.enqueue([newcomer])
    if (exit.leads === 'end') assert.deepEqual(added, { outcome: 'added', id: newcomer.id })
    else assert.deepEqual(added, { outcome: 'duplicate', id: running.id })

    await parking.lift?.(other, trial)
    const expected = [parked.id]
    if (exit.leads === 'end') expected.push(newcomer.id)
    if (exit.leads === 'back') expected.push(running.id)
    assert.deepEqual(await drain(other), expected.toSorted())
    const { ready, delayed, running: runs } = await other.depth('q')
    assert.deepEqual({ ready, delayed, runs }, { ready: 0, delayed: exit.leads === 'later' ? 1 : 0, runs: 0 })
    await audited(other)
  })
}

const waitingExits: { name: string; leave(hand: Hand, id: string, trial: Trial): Promise<string | undefined> }[] = [
  { name: 'cancel', leave: async (a, id) => void assert.deepEqual(await inspectorOf(a).cancel([id]), ['cancelled']) },
  { name: 'remove', leave: async (a, id) => void assert.deepEqual(await inspectorOf(a).remove([id]), ['removed']) },
  {
    name: 'purge',
    leave: async (a) => {
      const { removed } = await inspectorOf(a).purge('q', ['ready', 'delayed'], 10)
      assert.equal(removed, 1)
      return undefined
    },
  },
  {
    name: 'replacement',
    leave: async (a, _, trial) => {
      const newcomer = trial.job({ group: 'g', unique: { key: 'parked', mode: 'replace' } })
      assert.deepEqual(await a.enqueue([newcomer]), [{ outcome: 'replaced', id: newcomer.id }])
      return newcomer.id
    },
  },
]

function parkedLeaves(exit: (typeof waitingExits)[number], parking: Parking): Law {
  return lawIf(full, `${exit.name} of a job ${parking.name}`, async (trial) => {
    const { runner, other, loan, parked } = await scene(trial, parking, 30_000)
    const expected: string[] = []
    const replacement = await exit.leave(other, parked.id, trial)
    if (replacement !== undefined) expected.push(replacement)
    else {
      const { ready, delayed } = await other.depth('q')
      assert.deepEqual({ ready, delayed }, { ready: 0, delayed: 0 })
      const newcomer = trial.job({ group: 'g', unique: { key: 'parked', mode: 'keep' } })
      await other.add(newcomer)
      expected.push(newcomer.id)
    }
    await runner.settleOne(loan, done)
    await parking.lift?.(other, trial)
    assert.deepEqual(await drain(other), expected)
    await audited(other)
  })
}

/** The counters agree with the jobs. */
async function audited(hand: Hand): Promise<void> {
  let cursor: string | undefined
  do {
    const audit = await inspectorOf(hand).audit(cursor)
    assert.equal(audit.repaired, 0)
    cursor = audit.cursor
  } while (cursor !== undefined)
}

export const exitsAndParkings: Concern = {
  name: 'every exit, whatever waits behind it',
  laws: [
    law('without limits: every exit that ends a job leaves an empty queue', async (trial) => {
      const a = await trial.open()
      for (const verdict of [done, dead]) {
        await a.add(trial.job())
        await a.settleOne(await a.takeOne('q'), verdict)
        const { ready, running, delayed } = await a.depth('q')
        assert.deepEqual([ready, running, delayed], [0, 0, 0])
      }
    }),
    lawIf(full, 'a group at its cap whose last job leaves by a delayed retry is not parked for ever', async (trial) => {
      const a = await trial.open()
      await limitsOf(a).set('q', 'groups', { concurrencyMax: 1 }, 1)
      await a.add(trial.job({ group: 'g' }))
      const loan = await a.takeOne('q')
      assert.deepEqual(await a.takeIds('q'), [])
      await a.settleOne(loan, { kind: 'retry', due: { inMs: 200 } })
      assert.deepEqual(await a.takeIds('q'), [])
      await trial.store.advance(260)
      assert.deepEqual(await a.takeIds('q'), [loan.job.id])
    }),
    ...exits.flatMap((exit) => parkings.map((parking) => runnerLeaves(exit, parking))),
    ...waitingExits.flatMap((exit) => parkings.map((parking) => parkedLeaves(exit, parking))),
  ],
}
