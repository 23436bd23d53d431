import type { Entry } from '../../drivers/memory/entry.ts'
import { enqueue } from '../../drivers/memory/enqueue.ts'
import { settle } from '../../drivers/memory/settle.ts'
import { hold } from '../../drivers/memory/unique.ts'
import type { Call, Driver } from '../../src/contract/driver.ts'
import type { Receipt, Settled, Verdict } from '../../src/contract/verdict.ts'
import type { Mutant } from './mutants.ts'
import type { World } from './world.ts'

type Item = { receipt: Receipt; verdict: Verdict }

/** The driver with some verbs done differently. */
export function instead(driver: Driver, verbs: Partial<Driver>): Driver {
  const same: Driver = {
    name: driver.name,
    traits: driver.traits,
    open: () => driver.open(),
    prepare: () => driver.prepare(),
    enqueue: (call, jobs) => driver.enqueue(call, jobs),
    reserve: (call, want) => driver.reserve(call, want),
    settle: (call, items) => driver.settle(call, items),
    beat: (report) => driver.beat(report),
    reconcile: (known) => driver.reconcile(known),
    sweep: (limit) => driver.sweep(limit),
    depth: (queues) => driver.depth(queues),
    close: () => driver.close(),
  }
  return { ...same, ...verbs }
}

export const entryOf = (world: World, receipt: Receipt): Entry | undefined =>
  world.memory.jobs.get(world.shadow.byReceipt.get(receipt)?.job.id ?? '')

/** Settles as usual, then does something about each item and its answer. */
export function afterSettle(driver: Driver, each: (item: Item, answer: Settled) => Settled): Driver {
  return instead(driver, {
    settle: async (call, items) => {
      const answers = await driver.settle(call, items)
      return answers.map((answer, index) => each(items[index]!, answer))
    },
  })
}

/** Sweeps as usual, then does something to one job that came back. */
function afterSweep(driver: Driver, world: World, one: (entry: Entry) => void): Driver {
  return instead(driver, {
    sweep: async (limit) => {
      const swept = await driver.sweep(limit)
      const entry = [...world.memory.jobs.values()].find(({ state, crashes }) => state === 'ready' && crashes > 0)
      if (swept.taken > 0 && entry !== undefined) one(entry)
      return swept
    },
  })
}

const settled: Settled = { outcome: 'settled' }

export const storeMutants: Mutant[] = [
  {
    name: 'no-fence',
    driver: (driver, world) =>
      afterSettle(driver, ({ receipt, verdict }, answer) => {
        const entry = entryOf(world, receipt)
        if (answer.outcome !== 'stale' || entry?.receipt === undefined) return answer
        settle(world.memory, entry.session!, [{ receipt: entry.receipt, verdict }])
        return settled
      }),
  },
  {
    name: 'replay-ignored',
    driver: (driver) => {
      let seq = 0
      const another = ({ lane }: Call): Call => ({ lane, seq: ++seq })
      return instead(driver, {
        enqueue: (call, jobs) => driver.enqueue(another(call), jobs),
        reserve: (call, want) => driver.reserve(another(call), want),
        settle: (call, items) => driver.settle(another(call), items),
      })
    },
  },
  {
    name: 'sweep-drops-a-job',
    driver: (driver, world) => afterSweep(driver, world, ({ job }) => void world.auditor.inspector.remove([job.id])),
  },
  {
    name: 'sweep-burns-an-attempt',
    driver: (driver, world) => afterSweep(driver, world, (entry) => entry.attempts++),
  },
  {
    name: 'key-kept-by-the-dead',
    driver: (driver, world) =>
      afterSettle(driver, ({ receipt, verdict }, answer) => {
        const entry = entryOf(world, receipt)
        const { unique } = entry?.job ?? {}
        if (verdict.kind === 'dead' && unique !== undefined)
          hold(entry!.queue, unique, entry!.job.id, world.memory.now())
        return answer
      }),
  },
  {
    name: 'stale-settle-enqueues',
    driver: (driver, world) =>
      afterSettle(driver, ({ verdict }, answer) => {
        if (answer.outcome === 'stale') enqueue(world.memory, verdict.followUps ?? [])
        return answer
      }),
  },
  {
    name: 'due-time-ignored',
    driver: (driver) =>
      instead(driver, {
        enqueue: (call, jobs) =>
          driver.enqueue(
            call,
            jobs.map((job) => ({ ...job, due: { inMs: 0 } })),
          ),
      }),
  },
  {
    name: 'priority-ignored',
    driver: (driver) =>
      instead(driver, {
        enqueue: (call, jobs) =>
          driver.enqueue(
            call,
            jobs.map((job) => ({ ...job, priority: 5 })),
          ),
      }),
  },
  {
    name: 'lease-not-renewed',
    driver: (driver) => instead(driver, { beat: (report) => driver.beat({ ...report, renew: false }) }),
  },
  {
    name: 'unbegun-is-ignored',
    driver: (driver) => instead(driver, { beat: (report) => driver.beat({ ...report, unbegun: [] }) }),
  },
]
