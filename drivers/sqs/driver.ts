import {
  type Added,
  type Call,
  type Driver,
  type DriverTraits,
  FiberWorkError,
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
import { enqueue } from './enqueue.ts'
import { toFiberWorkError } from './errors.ts'
import { keeperOf } from './keeper.ts'
import type { Settings } from './options.ts'
import { Presence } from './presence.ts'
import { reserve } from './reserve.ts'
import { type Item, settleAll } from './settle.ts'

const yearMs = 365 * 86_400_000
/** What a message needs beside its body. */
const besideBytes = 16_384
const storedBytesMax = 64 * 1_024 * 1_024

/** Amazon SQS, or whatever speaks its protocol, as a store. Made by `sqsDriver`. */
export class SqsDriver implements Driver {
  readonly name = 'sqs'
  readonly traits: DriverTraits
  readonly keeper?: KeeperSpec
  readonly #settings: Settings
  readonly #channel: string
  #presence: Presence | undefined
  #opening: Promise<Presence> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    this.#channel = `fiber-work:sqs:${settings.env.id()}`
    this.traits = traitsOf(settings)
    const keeper = keeperOf(settings, this.#channel)
    if (keeper !== undefined) this.keeper = keeper
  }

  async open(): Promise<{ session: string }> {
    await this.#closing
    this.#opening ??= Presence.open(this.#settings, this.#channel).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    this.#presence = await this.#opening
    return { session: this.#presence.session }
  }

  /** Queues are created when they are first used. */
  async prepare(): Promise<void> {}

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#guarded((presence) =>
      presence.calls.run<Added[], StoredJob, true>(call, (parts) => enqueue(presence, jobs, parts)),
    )
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    return this.#guarded((presence) => presence.calls.run(call, () => reserve(presence, want)))
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    return this.#guarded((presence) =>
      presence.calls.run<Settled[], Receipt, Settled>(call, (parts) => settleAll(presence, items, parts)),
    )
  }

  /** SQS hears nothing of a worker; what was lost is told, and where no guardian does, messages are kept hidden. */
  async beat(report: Report): Promise<Pulse> {
    return this.#guarded(async (presence) => {
      if (report.renew) await presence.renew()
      return { session: 'alive', revoked: presence.takeLost(), cancelled: [], paused: [] }
    })
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#guarded(async (presence) => {
      const ours = new Set(known)
      const unknown = presence.loans.all().filter(({ receipt }) => !ours.has(receipt))
      await presence.giveBack(unknown)
      return { released: unknown.length, revoked: known.filter((it) => presence.loans.find(it) === undefined) }
    })
  }

  /** SQS shows a dead worker's messages again by itself. */
  async sweep(): Promise<{ taken: number; more: boolean }> {
    return this.#guarded(async () => ({ taken: 0, more: false }))
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    return this.#guarded((presence) => Promise.all(queues.map((queue) => depthOf(presence, queue))))
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
    if (presence === undefined) throw new FiberWorkError('FW_DRIVER_CLOSED', 'The sqs driver is not open.')
    try {
      return await work(presence)
    } catch (error) {
      throw toFiberWorkError(error, this.#settings.place)
    }
  }
}

function traitsOf({ messageBytesMax, bodies }: Settings): DriverTraits {
  return {
    batchMax: 200,
    bodyBytesMax: bodies === undefined ? Math.max(256, messageBytesMax - besideBytes) : storedBytesMax,
    delayMsMax: 10 * yearMs,
    clockStepMs: 1_000,
    lanesMax: 16,
    order: 'none',
    lease: 'message',
    fence: 'advisory',
    replay: false,
    followUps: 'none',
    crashes: false,
    unique: false,
    groups: false,
    history: false,
    failures: false,
    durable: 'power',
  }
}
