import {
  AckPolicy,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
} from '@nats-io/jetstream'
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node'
import { FiberWorkError } from 'fiber-work/driver'
import { isNoConsumer, toFiberWorkError } from './errors.ts'
import { token } from './job.ts'
import type { Place } from './url.ts'

const callMs = 5_000
const deadKeptMs = 14 * 86_400_000

/** One connection, and the names of what an installation has on the server. */
export class Link {
  readonly nc: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  readonly place: Place
  readonly #leaseMs: number
  readonly #consumers = new Map<string, Promise<string>>()

  private constructor(nc: NatsConnection, jsm: JetStreamManager, place: Place, leaseMs: number) {
    this.nc = nc
    this.jsm = jsm
    this.js = jetstream(nc, { timeout: callMs })
    this.place = place
    this.#leaseMs = leaseMs
  }

  static async open(place: Place, leaseMs: number): Promise<Link> {
    const { servers, tls, user, pass, shown } = place
    const nc = await connect({
      servers,
      name: 'fiber-work',
      timeout: callMs,
      maxReconnectAttempts: -1,
      ...(tls && { tls: {} }),
      ...(user !== undefined && { user, pass: pass ?? '' }),
    }).catch((error: unknown) => {
      throw toFiberWorkError(error, shown, 'FW_CONNECT_FAILED')
    })
    try {
      return new Link(nc, await jetstreamManager(nc, { timeout: callMs }), place, leaseMs)
    } catch (error) {
      await nc.close()
      throw error
    }
  }

  get jobs(): string {
    return this.place.prefix
  }
  get inbox(): string {
    return `${this.place.prefix}_inbox`
  }
  get dead(): string {
    return `${this.place.prefix}_dead`
  }

  subjectOf({ queue, id }: { queue: string; id: string }): string {
    return `${this.place.prefix}.job.${token(queue)}.${token(id)}`
  }

  deadSubjectOf({ queue, id }: { queue: string; id: string }): string {
    return `${this.place.prefix}.dead.${token(queue)}.${token(id)}`
  }

  /** Creates the streams, or leaves them as they are: whoever runs the server may have given them replicas and limits. */
  async prepare(): Promise<void> {
    const { prefix } = this.place
    const once = { retention: RetentionPolicy.Workqueue, discard: DiscardPolicy.Old }
    // One message a subject, and the subject is the job: its id is taken as long as it lives.
    await this.#stream(this.jobs, { ...once, subjects: [`${prefix}.job.>`], max_msgs_per_subject: 1 })
    await this.#stream(this.inbox, { ...once, subjects: [`${prefix}.in.>`] })
    await this.#stream(this.dead, { subjects: [`${prefix}.dead.>`], max_age: nanos(deadKeptMs) })
  }

  async #stream(name: string, config: Parameters<JetStreamManager['streams']['update']>[1]): Promise<void> {
    try {
      await this.jsm.streams.info(name)
    } catch {
      await this.jsm.streams.add({ name, ...config } as Parameters<JetStreamManager['streams']['add']>[0])
    }
  }

  /** The pull consumer of a queue: made once, with the lease as its ack wait. */
  consumer(queue: string): Promise<string> {
    const known = this.#consumers.get(queue)
    if (known !== undefined) return known
    const name = token(queue)
    const made = this.#consume(this.jobs, name, `${this.place.prefix}.job.${name}.*`)
    this.#consumers.set(queue, made)
    made.catch(() => this.#consumers.delete(queue))
    return made
  }

  intake(): Promise<string> {
    return this.#consume(this.inbox, 'intake', `${this.place.prefix}.in.>`)
  }

  async #consume(stream: string, name: string, filter: string): Promise<string> {
    await this.jsm.consumers.add(stream, {
      durable_name: name,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(this.#leaseMs),
      // Parked jobs are out as well as running ones: neither may keep others from being given out.
      max_ack_pending: -1,
      max_waiting: 10_000,
    })
    return name
  }

  /** Never asked for, or given out, in this queue; zeros where no worker has ever asked. */
  async counts(queue: string): Promise<{ pending: number; out: number }> {
    const name = token(queue)
    try {
      const info = await this.jsm.consumers.info(this.jobs, name)
      return { pending: info.num_pending, out: info.num_ack_pending }
    } catch (error) {
      if (!isNoConsumer(error)) throw error
      const filter = `${this.place.prefix}.job.${name}.*`
      const { state } = await this.jsm.streams.info(this.jobs, { subjects_filter: filter })
      return { pending: Object.keys(state.subjects ?? {}).length, out: 0 }
    }
  }

  async close(): Promise<void> {
    await this.nc.close()
  }
}

export const closed = (): FiberWorkError => new FiberWorkError('FW_DRIVER_CLOSED', 'The nats driver is not open.')
