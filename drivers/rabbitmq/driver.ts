import {
  type Added,
  type Call,
  type Driver,
  type DriverTraits,
  FiberWorkError,
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
import { beginSending, enqueue } from './enqueue.ts'
import { toFiberWorkError } from './errors.ts'
import { bodyBytesMax } from './incoming.ts'
import { stepMs } from './ladder.ts'
import type { Settings } from './options.ts'
import { Presence } from './presence.ts'
import { reserve, revoked } from './reserve.ts'
import { beginSettling, type Item, settleAll } from './settle.ts'
import { Survivors } from './survivors.ts'

const yearMs = 365 * 86_400_000

/** A RabbitMQ broker as a store. Made by `rabbitmqDriver`. */
export class RabbitmqDriver implements Driver {
  readonly name = 'rabbitmq'
  readonly traits: DriverTraits
  readonly #settings: Settings
  readonly #survivors = new Survivors()
  #presence: Presence | undefined
  #opening: Promise<Presence> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    this.traits = {
      batchMax: 500,
      bodyBytesMax,
      delayMsMax: 10 * yearMs,
      clockStepMs: stepMs / 2,
      lanesMax: 8,
      order: settings.order,
      lease: 'connection',
      fence: 'advisory',
      replay: false,
      followUps: 'none',
      crashes: true,
      unique: false,
      groups: false,
      history: false,
      failures: false,
      durable: 'power',
    }
  }

  async open(): Promise<{ session: string }> {
    await this.#closing
    if (this.#presence?.isRevoked === true) this.#opening = undefined
    this.#opening ??= Presence.open(this.#settings, this.#survivors).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    const presence = await this.#opening
    const before = this.#presence
    this.#presence = presence
    if (before !== undefined && before !== presence) void before.close()
    return { session: presence.session }
  }

  /** Queues are made when they are first used: which there are only their users know. */
  async prepare(): Promise<void> {}

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#guarded((presence) =>
      presence.calls.run(call, beginSending, (sending) => enqueue(presence, jobs, sending)),
    )
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    return this.#guarded((presence) => {
      if (presence.isRevoked) throw revoked()
      return presence.calls.run(
        call,
        () => undefined,
        () => reserve(presence, want),
      )
    })
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    return this.#guarded((presence) =>
      presence.calls.run(call, beginSettling, (settling) => settleAll(presence, items, settling)),
    )
  }

  async beat(_report: Report): Promise<Pulse> {
    return this.#guarded(async (presence) => {
      presence.probe()
      presence.long.renew()
      const session = presence.isRevoked ? 'revoked' : 'alive'
      return { session, revoked: presence.takeLost(), cancelled: [], paused: [], held: presence.loans.size }
    })
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#guarded(async (presence) => {
      const { loans } = presence
      const ours = new Set(known)
      const unknown = loans.all().filter(({ receipt }) => !ours.has(receipt))
      await presence.giveBack(unknown)
      for (const loan of unknown) loans.remove(loan)
      return { released: unknown.length, revoked: known.filter((receipt) => loans.find(receipt) === undefined) }
    })
  }

  /** A broker takes back by itself what a lost connection held. */
  async sweep(_limit: number): Promise<{ taken: number; more: boolean }> {
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
    if (presence === undefined) throw new FiberWorkError('FW_DRIVER_CLOSED', 'The rabbitmq driver is not open.')
    try {
      return await work(presence)
    } catch (error) {
      throw toFiberWorkError(error, this.#settings.place.shown)
    }
  }
}
