import assert from 'node:assert/strict'
import type {
  Driver,
  DriverTraits,
  Inspector,
  Keeper,
  KeeperSpec,
  Ledger,
  Limits,
  MakeKeeper,
  StoredJob,
} from '../../src/contract/index.ts'
import { Hand } from './hand.ts'
import type { HarnessStore } from './harness.ts'

/** What one law needs of the driver: a trait, or a facet. Without it, `otherwise` is what must hold instead. */
export interface Needs {
  traits?: (traits: DriverTraits) => boolean
  limits?: true
  inspector?: true
  ledger?: true
}

/** One promise, by name, and the few lines that show it. */
export interface Law {
  name: string
  needs: Needs
  holds: (trial: Trial) => Promise<void>
  otherwise?: (trial: Trial) => Promise<void>
}

export interface Concern {
  name: string
  laws: Law[]
}

type Holds = Law['holds']

/** A law that every driver keeps. */
export const law = (name: string, holds: Holds): Law => ({ name, needs: {}, holds })

/** A law of drivers that can do this; `otherwise` is the law of those that cannot. */
export const lawIf = (needs: Needs, name: string, holds: Holds, otherwise?: Holds): Law => ({
  name,
  needs,
  holds,
  ...(otherwise === undefined ? {} : { otherwise }),
})

export function canDo(driver: Driver, needs: Needs): boolean {
  return (
    (needs.traits?.(driver.traits) ?? true) &&
    (needs.limits === undefined || driver.limits !== undefined) &&
    (needs.inspector === undefined || driver.inspector !== undefined) &&
    (needs.ledger === undefined || driver.ledger !== undefined)
  )
}

/** Long enough to play no role, and short enough to be waited for. */
export const leaseMsLong = 30_000
export const leaseMsShort = 100

/** One law on one fresh store. */
export class Trial {
  readonly store: HarnessStore
  readonly promptMs: number
  #drivers: Driver[] = []
  #keepers: Keeper[] = []
  #ids = 0

  constructor(store: HarnessStore, promptMs: number) {
    this.store = store
    this.promptMs = promptMs
  }

  /** A driver on the store, not yet opened. */
  driver(leaseMs = leaseMsLong): Driver {
    const driver = this.store.driver({ leaseMs })
    this.#drivers.push(driver)
    return driver
  }

  /** A worker or client that is ready to be used. */
  async open(leaseMs = leaseMsLong): Promise<Hand> {
    const driver = this.driver(leaseMs)
    await driver.prepare()
    return new Hand(driver).open()
  }

  /** What the guardian thread of this worker would do; undefined where beats renew. */
  async keeperOf({ driver }: Hand, leaseMs: number): Promise<Keeper | undefined> {
    const keeper = await (driver.keeper === undefined ? this.store.keeper?.({ leaseMs }) : made(driver.keeper))
    if (keeper !== undefined) this.#keepers.push(keeper)
    return keeper
  }

  /** A worker that dies: from here on nobody renews its lease, and it has run out. */
  async letDie(): Promise<void> {
    await this.store.advance(leaseMsShort + 30)
  }

  /** A job of queue `q`, with an id of its own. */
  job(fields: Partial<StoredJob> = {}): StoredJob {
    this.#ids++
    const id = `job-${String(this.#ids).padStart(6, '0')}`
    return { id, queue: 'q', name: 'work', priority: 5, body: `{"n":${this.#ids}}`, ...fields }
  }

  jobs(count: number, fields: Partial<StoredJob> = {}): StoredJob[] {
    return Array.from({ length: count }, () => this.job(fields))
  }

  async close(): Promise<void> {
    for (const keeper of this.#keepers) await keeper.close()
    for (const driver of this.#drivers) await driver.close()
    await this.store.close()
  }
}

/** As the thread does it. */
async function made({ module, settings }: KeeperSpec): Promise<Keeper> {
  const { makeKeeper } = (await import(module)) as { makeKeeper: MakeKeeper }
  return makeKeeper(structuredClone(settings))
}

/** The verdict holds: a store that fences says `settled`; a broker may say `unsure`. */
export function written({ driver }: Hand, outcome: string | undefined): void {
  const good = driver.traits.fence === 'store' ? ['settled'] : ['settled', 'unsure']
  assert.ok(outcome !== undefined && good.includes(outcome), `${outcome} instead of ${good.join(' or ')}`)
}

/** The verdict came too late: a store that fences knows it; of others nobody claims that it was settled. */
export function refused({ driver }: Hand, outcome: string | undefined): void {
  const good = driver.traits.fence === 'store' ? ['stale'] : ['stale', 'unsure']
  assert.ok(outcome !== undefined && good.includes(outcome), `${outcome} instead of ${good.join(' or ')}`)
}

export function limitsOf({ driver }: Hand): Limits {
  assert.ok(driver.limits, 'the facet limits')
  return driver.limits
}

/** Whom limits of this store can bind: groups only where it knows them. */
export function limitScopesOf({ driver }: Hand): ('queue' | 'groups')[] {
  return driver.traits.groups ? ['queue', 'groups'] : ['queue']
}

export function inspectorOf({ driver }: Hand): Inspector {
  assert.ok(driver.inspector, 'the facet inspector')
  return driver.inspector
}

export function ledgerOf({ driver }: Hand): Ledger {
  assert.ok(driver.ledger, 'the facet ledger')
  return driver.ledger
}
