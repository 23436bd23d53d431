import type { Harness } from '../../drivers/conformance/index.ts'
import { memoryHarness } from '../../drivers/memory/harness.ts'
import {
  type Driver,
  type DriverTraits,
  isFiberWorkError,
  type Receipt,
  type Settled,
  type StoredJob,
  type Verdict,
} from '../../src/contract/index.ts'

// The memory driver with abilities taken away: what it says it cannot do, it does not do.

/** A driver that does some things in another way, and passes everything else on. */
export function wrap(driver: Driver, changes: Partial<Record<keyof Driver, unknown>>): Driver {
  return new Proxy(driver, {
    get(target, key) {
      if (key in changes) return changes[key as keyof Driver]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const traits = (driver: Driver, changed: Partial<DriverTraits>): { traits: DriverTraits } => ({
  traits: { ...driver.traits, ...changed },
})

type Items = { receipt: Receipt; verdict: Verdict }[]
type Cut = (driver: Driver) => Driver

/** Jobs are written otherwise than they were given, and come back as they were: what is hidden travels as a header. */
function hidden(driver: Driver, changed: Partial<DriverTraits>, field: 'group' | 'priority', stand?: number): Driver {
  const name = `hidden-${field}`
  const hide = (job: StoredJob): StoredJob => {
    const { [field]: value, ...rest } = job
    const headers = { ...job.headers, ...(value !== undefined && { [name]: JSON.stringify(value) }) }
    return { ...rest, headers, ...(stand !== undefined && { [field]: stand }) } as StoredJob
  }
  const show = (job: StoredJob): StoredJob => {
    const { [name]: value, ...headers } = job.headers ?? {}
    const { headers: _, ...rest } = job
    const more = Object.keys(headers).length > 0 && { headers }
    return { ...rest, ...more, ...(value !== undefined && { [field]: JSON.parse(value) as never }) }
  }
  return wrap(driver, {
    ...traits(driver, changed),
    enqueue: (call, jobs) => driver.enqueue(call, jobs.map(hide)),
    settle: (call, items) =>
      driver.settle(
        call,
        items.map(({ receipt, verdict }) => {
          const followUps = verdict.followUps?.map(hide)
          return { receipt, verdict: followUps === undefined ? verdict : { ...verdict, followUps } }
        }),
      ),
    async reserve(call, want) {
      const { jobs, broken } = await driver.reserve(call, want)
      return { jobs: jobs.map((loan) => ({ ...loan, job: show(loan.job) })), broken }
    },
  } satisfies Partial<Driver>)
}

/** What the broker does by itself: it takes back what nobody renewed, and whoever had it is served again at once. */
function messageLease(driver: Driver): Driver {
  return wrap(driver, {
    ...traits(driver, { lease: 'message' }),
    keeper: undefined,
    async reserve(call, want) {
      while ((await driver.sweep(1_000)).more);
      try {
        return await driver.reserve(call, want)
      } catch (error) {
        if (!isFiberWorkError(error) || error.code !== 'FW_LEASE_REVOKED') throw error
        await driver.open()
        return driver.reserve(call, want)
      }
    },
    async beat(report) {
      const pulse = await driver.beat(report)
      if (pulse.session === 'revoked') await driver.open()
      return { ...pulse, session: 'alive' }
    },
    sweep: async () => (await driver.depth([]), { taken: 0, more: false }),
  } satisfies Partial<Record<keyof Driver, unknown>> & Partial<Pick<Driver, 'reserve' | 'beat' | 'sweep'>>)
}

/** It knows what it has settled itself; of all others it cannot say. `certain` is what it may say of a success. */
function unfenced(driver: Driver, fence: 'advisory' | 'none'): Driver {
  const gone = new Set<Receipt>()
  const tell = ({ outcome, ...rest }: Settled, known: boolean): Settled => {
    if (known) return { outcome: 'stale' }
    if (outcome === 'settled' && fence === 'advisory') return { outcome, ...rest }
    return { outcome: 'unsure' }
  }
  return wrap(driver, {
    ...traits(driver, { fence }),
    async settle(call, items) {
      const settled = await driver.settle(call, items)
      return settled.map((each, i) => {
        const { receipt } = items[i]!
        const known = gone.has(receipt)
        gone.add(receipt)
        return tell(each, known)
      })
    },
  } satisfies Partial<Driver>)
}

/** Without one of its optional fields. */
export function without<T extends object>(value: T, field: string): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== field)) as T
}

const dueLess = (job: StoredJob): StoredJob => {
  const { due: _, ...rest } = job
  return rest
}

const changeVerdicts = (driver: Driver, change: (verdict: Verdict) => Verdict): Partial<Driver> => ({
  settle: (call, items: Items) =>
    driver.settle(
      call,
      items.map(({ receipt, verdict }) => ({ receipt, verdict: change(verdict) })),
    ),
})

let seq = 0

/** Every call is a new one; and follow-ups that cannot be asked for again are none. */
const replayless: Cut = (driver) =>
  wrap(driver, {
    ...traits(driver, { replay: false, followUps: 'none' }),
    enqueue: ({ lane }, jobs) => driver.enqueue({ lane, seq: ++seq }, jobs),
    reserve: ({ lane }, want) => driver.reserve({ lane, seq: ++seq }, want),
    settle: ({ lane }, items) =>
      driver.settle(
        { lane, seq: ++seq },
        items.map(({ receipt, verdict }) => ({ receipt, verdict: without(verdict, 'followUps') })),
      ),
  } satisfies Partial<Driver>)

export const cuts = {
  replay: replayless,
  followUps: (driver) =>
    wrap(driver, {
      ...traits(driver, { followUps: 'none' }),
      ...changeVerdicts(driver, (verdict) => without(verdict, 'followUps')),
    }),
  crashes: (driver) =>
    wrap(driver, {
      ...traits(driver, { crashes: false }),
      async reserve(call, want) {
        const { jobs, broken } = await driver.reserve(call, want)
        return { jobs: jobs.map((loan) => ({ ...loan, crashes: 0 })), broken }
      },
    } satisfies Partial<Driver>),
  unique: (driver) =>
    wrap(driver, {
      ...traits(driver, { unique: false }),
      enqueue: (call, jobs) =>
        driver.enqueue(
          call,
          jobs.map((job) => without(job, 'unique')),
        ),
      ...changeVerdicts(driver, ({ followUps, ...verdict }) =>
        followUps === undefined ? verdict : { ...verdict, followUps: followUps.map((job) => without(job, 'unique')) },
      ),
    } satisfies Partial<Driver>),
  groups: (driver) => noFacets(hidden(driver, { groups: false }, 'group')),
  fifo: (driver) => noFacets(hidden(driver, { order: 'fifo', groups: false }, 'priority', 5)),
  order: (driver) => {
    const inner = noFacets(hidden(driver, { groups: false }, 'group'))
    return wrap(inner, {
      ...traits(inner, { order: 'none' }),
      async reserve(call, want) {
        const { jobs, broken } = await inner.reserve(call, want)
        return { jobs: jobs.toReversed(), broken }
      },
    } satisfies Partial<Driver>)
  },
  history: (driver) =>
    wrap(driver, {
      ...traits(driver, { history: false }),
      inspector: undefined,
      ...changeVerdicts(driver, (verdict) => {
        if (verdict.kind === 'retry' || verdict.kind === 'release') return verdict
        return { kind: 'done', ...(verdict.followUps && { followUps: verdict.followUps }) }
      }),
    }),
  delays: (driver) =>
    wrap(driver, {
      ...traits(driver, { delayMsMax: 0 }),
      enqueue: (call, jobs) => driver.enqueue(call, jobs.map(dueLess)),
      ...changeVerdicts(driver, (verdict) => {
        const followUps = verdict.followUps && { followUps: verdict.followUps.map(dueLess) }
        if (verdict.kind !== 'retry' && verdict.kind !== 'release') return { ...verdict, ...followUps }
        const { due: _, ...now } = verdict
        return { ...now, ...followUps }
      }),
    } satisfies Partial<Driver>),
  'fence: advisory': (driver) => unfenced(replayless(driver), 'advisory'),
  'fence: none': (driver) => unfenced(replayless(driver), 'none'),
  'lease: message': messageLease,
  'lease: connection': (driver) => wrap(messageLease(driver), traits(driver, { lease: 'connection' })),
  lanes: (driver) => wrap(driver, traits(driver, { lanesMax: 1 })),
  limits: (driver) => wrap(driver, { limits: undefined }),
  inspector: (driver) => wrap(driver, { inspector: undefined }),
  ledger: (driver) => wrap(driver, { ledger: undefined }),
  keeper: (driver) => wrap(driver, { keeper: undefined }),
} satisfies Record<string, Cut>

export type CutName = keyof typeof cuts
export const cutNames = Object.keys(cuts) as CutName[]

/** They look inside the jobs, where something is hidden now. */
function noFacets(driver: Driver): Driver {
  return wrap(driver, { limits: undefined, inspector: undefined })
}

/** The harness of the memory driver without these abilities. */
export function reducedHarness(...names: CutName[]): Harness {
  const { store } = memoryHarness()
  const lent = names.some((name) => name.startsWith('lease'))
  return {
    name: `memory without ${names.join(', ')}`,
    async store() {
      const { keeper, ...made } = await store()
      const leaseOf = (leaseMs: number) => (names.includes('lease: connection') ? 10 ** 12 : leaseMs)
      return {
        ...made,
        ...(!lent && !names.includes('keeper') && { keeper }),
        driver: ({ leaseMs }) =>
          names.reduce<Driver>((driver, name) => cuts[name](driver), made.driver({ leaseMs: leaseOf(leaseMs) })),
      }
    },
  }
}
