import {
  type Added,
  type Call,
  type Driver,
  type DriverTraits,
  type Finding,
  FiberWorkError,
  type Keep,
  type KeeperSpec,
  type Pulse,
  type QueueDepth,
  type Receipt,
  type Report,
  type Reserved,
  type Settled,
  type StoredJob,
  type Want,
} from '../../src/contract/index.ts'
import { beat, revokedOf } from './beat.ts'
import { depthsOf } from './depth.ts'
import { enqueue } from './enqueue.ts'
import { Gate } from './gate.ts'
import { LedgeredInspector } from './inspector.ts'
import { Keys } from './keys.ts'
import { LedgeredLimits } from './limits.ts'
import { Place, type Settings } from './place.ts'
import { Presence } from './presence.ts'
import { reserve } from './reserve.ts'
import { type Item, settle } from './settle.ts'
import { finishIntents, Trimmer } from './tidy.ts'
import { checkPair, traitsOf } from './traits.ts'
import { LedgerView } from './view.ts'

/** A session, and what is counted for it. */
interface Open {
  presence: Presence
  gate: Gate
}

/**
 * A broker with the ledger of another store beside it: the broker carries and lends the messages, the ledger decides what they stand for.
 * Made by `ledgeredDriver`.
 */
export class LedgeredDriver implements Driver {
  readonly name: string
  readonly traits: DriverTraits
  readonly limits: LedgeredLimits
  readonly inspector: LedgeredInspector
  readonly ledger: LedgerView
  /** The broker's: it renews the lease of the session there. What it accuses the ledger does not hear of. */
  declare readonly keeper?: KeeperSpec
  readonly #broker: Driver
  readonly #ledger: Driver
  readonly #place: Place
  readonly #queues = new Set<string>()
  readonly #trimmer = new Trimmer()
  #open: Open | undefined

  constructor(broker: Driver, ledger: Driver, settings: Settings) {
    checkPair(broker, ledger)
    this.#broker = broker
    this.#ledger = ledger
    this.name = broker.name
    if (broker.keeper !== undefined) Object.defineProperty(this, 'keeper', { get: () => broker.keeper })
    this.traits = traitsOf(broker, ledger)
    this.#place = new Place(broker, ledger.ledger!, settings)
    this.limits = new LedgeredLimits(
      () => this.#opened().presence.place,
      (queue) => this.#opened().gate.changed(queue),
    )
    this.inspector = new LedgeredInspector(() => this.#opened().presence)
    this.ledger = new LedgerView(new Keys(broker.name).users(), () => this.#opened().presence.place.ledger)
  }

  get warnings(): readonly string[] {
    return [...(this.#broker.warnings ?? []), ...(this.#ledger.warnings ?? [])]
  }

  async open(): Promise<{ session: string }> {
    await this.#ledger.open()
    const { session } = await this.#broker.open()
    if (this.#open?.presence.session !== session) {
      const presence = new Presence(this.#place, session)
      this.#open = { presence, gate: new Gate(presence) }
      await presence.tell('{}')
    }
    return { session }
  }

  async prepare(): Promise<void> {
    await this.#ledger.prepare()
    await this.#broker.prepare()
  }

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    const { presence, gate } = this.#opened()
    const by = `${presence.session}:${call.lane}:${call.seq}`
    const waitingIn = async (queue: string) => {
      const [depth] = await depthsOf(this.#place, [queue])
      return depth!.ready + depth!.delayed + depth!.blocked
    }
    const roomIn = (queue: string) => gate.roomIn(queue, waitingIn)
    return presence.calls.run(call, (ask) => enqueue({ presence, ask, by, roomIn, queues: this.#queues }, jobs))
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const { presence, gate } = this.#opened()
    return presence.calls.run(call, (ask) => reserve(presence, gate, ask, want))
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    const { presence, gate } = this.#opened()
    return presence.calls.run(call, async (ask) => {
      const queues = items.flatMap(({ receipt }) => presence.loans.get(receipt)?.job.queue ?? [])
      const keeps = keepsOf(presence, items)
      const settled = await settle(presence, ask, items)
      // Both are made up for by the next beat and the next sweep.
      await gate.left(queues).catch(() => {})
      await this.#trimmer.kept(presence, keeps).catch(() => {})
      return settled
    })
  }

  async beat(report: Report): Promise<Pulse> {
    const { presence, gate } = this.#opened()
    const pulse = await beat(presence, gate, report)
    if (pulse.session === 'revoked') for (const loan of presence.loans.values()) presence.drop(loan)
    return pulse
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    const { presence, gate } = this.#opened()
    const ours = new Set(known)
    const unknown = [...presence.loans.values()].filter(({ receipt }) => !ours.has(receipt))
    const items = unknown.map(({ receipt }): Item => ({ receipt, verdict: { kind: 'release' } }))
    await presence.inside((ask) => settle(presence, ask, items))
    const left = [...presence.loans.values()].flatMap(({ brokers }) => brokers)
    const { released, revoked } = await this.#broker.reconcile(left)
    revokedOf(presence, revoked)
    await gate.left(unknown.map(({ job }) => job.queue))
    return {
      released: unknown.length + released,
      revoked: known.filter((receipt) => !presence.loans.has(receipt)),
    }
  }

  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    const { presence } = this.#opened()
    await this.#ledger.sweep(limit)
    const swept = await this.#broker.sweep(limit)
    await finishIntents(presence)
    await this.#trimmer.sweep(presence)
    return swept
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    this.#opened()
    return depthsOf(this.#place, queues)
  }

  async diagnose(): Promise<Finding[]> {
    const found = await Promise.all([this.#broker.diagnose?.() ?? [], this.#ledger.diagnose?.() ?? []])
    return found.flat()
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (open !== undefined) await this.#leave(open).catch(() => {})
    await Promise.allSettled([this.#ledger.close(), this.#broker.close()]).then(throwFirst)
  }

  /** What is still on loan goes back with its attempt; what cannot be written now, the broker brings again. */
  async #leave({ presence, gate }: Open): Promise<void> {
    const loans = [...presence.loans.values()]
    const items = loans.map(({ receipt }): Item => ({ receipt, verdict: { kind: 'release' } }))
    await presence.inside((ask) => settle(presence, ask, items))
    await gate.left(loans.map(({ job }) => job.queue))
    await presence.leave()
  }

  #opened(): Open {
    if (this.#open === undefined) throw new FiberWorkError('FW_DRIVER_CLOSED', `The ${this.name} driver is not open.`)
    return this.#open
  }
}

/** How many done jobs the newest verdicts keep, by queue. */
function keepsOf(presence: Presence, items: Item[]): Map<string, Keep> {
  const keeps = new Map<string, Keep>()
  for (const { receipt, verdict } of items) {
    const loan = presence.loans.get(receipt)
    if (loan !== undefined && verdict.kind === 'done' && verdict.keep !== undefined)
      keeps.set(loan.job.queue, verdict.keep)
  }
  return keeps
}

function throwFirst(ends: PromiseSettledResult<void>[]): void {
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
