import {
  type Added,
  type Call,
  type Driver,
  type DriverTraits,
  type Pulse,
  type QueueDepth,
  type Receipt,
  type Report,
  type Reserved,
  type Settled,
  type StoredJob,
  type StoreOptions,
  type Want,
} from 'fiber-work/driver'
import { enqueue } from './enqueue.ts'
import { toFiberWorkError } from './errors.ts'
import { closed, Link } from './link.ts'
import { Presence } from './presence.ts'
import { reserve } from './reserve.ts'
import { type Item, settleAll } from './settle.ts'
import type { Place } from './url.ts'
import { renew } from './write.ts'

const yearMs = 365 * 86_400_000

/** Jobs in a JetStream stream: one message a job, at a subject of its own. */
export class NatsDriver implements Driver {
  readonly name = 'nats'
  readonly traits: DriverTraits = {
    batchMax: 500,
    // The server takes 1 MiB by default, headers included.
    bodyBytesMax: 768 * 1_024,
    delayMsMax: 10 * yearMs,
    // The server's timers bring back what was parked.
    clockStepMs: 100,
    lanesMax: 8,
    order: 'none',
    lease: 'message',
    fence: 'store',
    replay: false,
    followUps: 'none',
    crashes: true,
    unique: false,
    groups: false,
    history: false,
    failures: false,
    durable: 'process',
  }
  readonly #place: Place
  readonly #options: StoreOptions
  #opening: Promise<Presence> | undefined
  #presence: Presence | undefined
  #closing: Promise<void> | undefined

  constructor(place: Place, options: StoreOptions) {
    this.#place = place
    this.#options = options
  }

  async prepare(): Promise<void> {
    await this.#told(async () => {
      const link = this.#presence?.link ?? (await Link.open(this.#place, this.#options.leaseMs))
      try {
        await link.prepare()
      } finally {
        if (link !== this.#presence?.link) await link.close()
      }
    })
  }

  async open(): Promise<{ session: string }> {
    await this.#closing
    this.#opening ??= this.#told(
      async () => new Presence(await Link.open(this.#place, this.#options.leaseMs), this.#options.env),
    )
    this.#opening.catch(() => (this.#opening = undefined))
    this.#presence = await this.#opening
    return { session: this.#presence.session }
  }

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#open((presence) => presence.calls.run(call, (parts) => enqueue(presence, call, jobs, parts)))
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    return this.#open((presence) => {
      presence.startIntake()
      return presence.calls.run(call, () => reserve(presence, want))
    })
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    return this.#open((presence) => presence.calls.run(call, (parts) => settleAll(presence, items, parts)))
  }

  /** Progress has no place to be kept: the messages of a stream do not change. */
  async beat(report: Report): Promise<Pulse> {
    return this.#open(async ({ link, loans }) => {
      if (report.renew) for (const { message } of loans.all()) renew(link, message)
      return { session: 'alive', revoked: [], cancelled: [], paused: [], held: loans.all().length }
    })
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#open(async (presence) => {
      const ours = new Set(known)
      const unknown = presence.loans.all().filter(({ receipt }) => !ours.has(receipt))
      await presence.giveBack(unknown)
      return { released: unknown.length, revoked: known.filter((receipt) => !presence.loans.has(receipt)) }
    })
  }

  /** The server does it: what nobody has renewed for the ack wait, it gives out again. */
  async sweep(): Promise<{ taken: number; more: boolean }> {
    return this.#open(async () => ({ taken: 0, more: false }))
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    return this.#open((presence) => Promise.all(queues.map((queue) => depthOf(presence, queue))))
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

  async #open<A>(work: (presence: Presence) => Promise<A>): Promise<A> {
    const presence = this.#presence
    if (presence === undefined) throw closed()
    return this.#told(() => presence.during(() => work(presence)))
  }

  async #told<A>(work: () => Promise<A>): Promise<A> {
    try {
      return await work()
    } catch (error) {
      throw toFiberWorkError(error, this.#place.shown)
    }
  }
}

/** What others have parked the server counts as given out, and so do we. */
async function depthOf(presence: Presence, queue: string): Promise<QueueDepth> {
  const { pending, out } = await presence.link.counts(queue)
  const delayed = Math.min(out, presence.parkedOf(queue))
  const settled = { done: 0, dead: 0, cancelled: 0, quarantined: 0 }
  return { queue, ready: pending, delayed, running: out - delayed, blocked: 0, ...settled, paused: false }
}
