import {
  type Added,
  type Call,
  type Driver,
  type DriverTraits,
  type Finding,
  FiberWorkError,
  type Inspector,
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
import { depthOf } from './depth.ts'
import { diagnose } from './diagnose.ts'
import { enqueue } from './enqueue.ts'
import { isGone, toFiberWorkError } from './errors.ts'
import { BullmqInspector } from './inspector.ts'
import { keeperOf } from './keeper.ts'
import type { Loan } from './loans.ts'
import type { Settings } from './options.ts'
import { Presence } from './presence.ts'
import { reserve } from './reserve.ts'
import { type Item, settleAll } from './settle.ts'

const yearMs = 365 * 86_400_000

/** A live BullMQ queue as a store: BullMQ's own classes do everything that touches it. Made by `bullmqDriver`. */
export class BullmqDriver implements Driver {
  readonly name = 'bullmq'
  readonly traits: DriverTraits = {
    batchMax: 500,
    bodyBytesMax: 16 * 1_024 * 1_024,
    delayMsMax: 10 * yearMs,
    clockStepMs: 1,
    lanesMax: 16,
    order: 'fifo',
    lease: 'message',
    fence: 'store',
    replay: false,
    followUps: 'none',
    crashes: true,
    unique: false,
    groups: false,
    history: true,
    failures: false,
    durable: 'process',
  }
  readonly inspector: Inspector
  readonly keeper?: KeeperSpec
  readonly #settings: Settings
  #presence: Presence | undefined
  #opening: Promise<Presence> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    const keeper = keeperOf(settings)
    if (keeper !== undefined) this.keeper = keeper
    this.inspector = new BullmqInspector((work) => this.#guarded(({ link, wishes }) => work({ link, wishes })))
  }

  async open(): Promise<{ session: string }> {
    await this.#closing
    this.#opening ??= Presence.open(this.#settings).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    this.#presence = await this.#opening
    return { session: this.#presence.session }
  }

  /** BullMQ needs nothing prepared: its scripts travel with its commands. */
  async prepare(): Promise<void> {}

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#guarded(({ link, calls }) => calls.run(call, () => enqueue(link, jobs)))
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    return this.#guarded((presence) => presence.calls.run(call, () => reserve(presence, want)))
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    return this.#guarded((presence) =>
      presence.calls.run(call, (parts) => settleAll(presence, items, parts as Map<string, Settled>)),
    )
  }

  async beat(report: Report): Promise<Pulse> {
    return this.#guarded(async (presence) => {
      const { link, loans, notes, session, wishes, taps } = presence
      const held = loans.all()
      await Promise.all(report.progress.map(({ receipt, value }) => tellProgress(loans.find(receipt), value)))
      const renewed = report.renew ? await presence.renew(held) : []
      const lost = [...(await notes.takeLost(session)), ...renewed.map(({ receipt }) => receipt)]
      for (const receipt of lost) loans.remove(receipt)
      const wished = await wishes.all()
      const cancelled = held.filter((loan) => wished.has(wishes.nameOf(loan))).map(({ receipt }) => receipt)
      const queues = [...taps.keys()]
      const paused = await Promise.all(queues.map((queue) => link.queue(queue).isPaused()))
      return { session: 'alive', revoked: lost, cancelled, paused: queues.filter((_, i) => paused[i]) }
    })
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#guarded(async (presence) => {
      const { loans, notes, session } = presence
      const ours = new Set(known)
      const unknown = loans.all().filter(({ receipt }) => !ours.has(receipt))
      await presence.giveBackAll(unknown)
      const lost = await presence.lost(loans.all())
      for (const { receipt } of lost) loans.remove(receipt)
      const gone = [...unknown, ...lost].map(({ receipt }) => receipt)
      await notes.remove(session, gone)
      return { released: unknown.length, revoked: known.filter((receipt) => loans.find(receipt) === undefined) }
    })
  }

  /** BullMQ's stalled check runs by itself, in every worker; this tells what ours has put back. */
  async sweep(): Promise<{ taken: number; more: boolean }> {
    return this.#guarded(async ({ taps }) => {
      let taken = 0
      for (const tap of taps.values()) taken += tap.takeStalled()
      return { taken, more: false }
    })
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    const nowMs = this.#settings.env.nowMs()
    return this.#guarded(({ link }) => Promise.all(queues.map((queue) => depthOf(link, queue, nowMs))))
  }

  async diagnose(): Promise<Finding[]> {
    return this.#guarded(({ link }) => diagnose(link))
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave().finally(() => (this.#closing = undefined))
    return this.#closing
  }

  async #leave(): Promise<void> {
    const presence = await this.#opening?.catch(() => undefined)
    this.#presence = undefined
    this.#opening = undefined
    await presence?.close()
  }

  async #guarded<A>(work: (presence: Presence) => Promise<A>): Promise<A> {
    const presence = this.#presence
    if (presence === undefined) throw new FiberWorkError('FW_DRIVER_CLOSED', 'The bullmq driver is not open.')
    try {
      return await work(presence)
    } catch (error) {
      throw toFiberWorkError(error, this.#settings.place)
    }
  }
}

async function tellProgress(loan: Loan | undefined, value: string): Promise<void> {
  try {
    await loan?.job.updateProgress(JSON.parse(value) as object)
  } catch (error) {
    // The job was removed by hand while it runs.
    if (!isGone(error)) throw error
  }
}
