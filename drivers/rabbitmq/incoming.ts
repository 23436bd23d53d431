import { sleep } from '../../src/base/env.ts'
import type { ConsumeMessage } from './client.ts'
import { readForeign } from './foreign.ts'
import { stepMs } from './ladder.ts'
import type { Lane } from './lane.ts'
import type { Delivery } from './loans.ts'
import type { Mail } from './mail.ts'
import type { Settings } from './options.ts'
import type { Letter } from './publisher.ts'
import type { Survivors } from './survivors.ts'
import { fromMessage, type Headers, type Parcel } from './wire.ts'

/** Largest body of a plain message; the core has its own, smaller limit for what it seals. */
export const bodyBytesMax = 16 * 1_024 * 1_024

/** What cannot be moved on now is tried again by somebody after this long. */
const pauseMs = 1_000

/** Looks at each message that comes: a job that may run, or something to be seen to first, without holding up the others. */
export class Incoming {
  readonly #settings: Settings
  readonly #mail: Mail
  readonly #survivors: Survivors
  readonly #moving = new Set<Promise<void>>()

  constructor(settings: Settings, mail: Mail, survivors: Survivors) {
    this.#settings = settings
    this.#mail = mail
    this.#survivors = survivors
  }

  /** The job to be handed out; undefined where the message goes elsewhere. */
  read(queue: string, message: ConsumeMessage, lane: Lane): Parcel | undefined {
    const { env, names } = this.#settings
    const parcel =
      fromMessage(queue, message) ??
      readForeign(message, {
        queue,
        brokerQueue: names.queue(queue),
        bodyBytesMax,
        nowMs: env.nowMs(),
        newId: () => env.id(),
      })
    const tag = message.fields.deliveryTag
    if (typeof parcel === 'string') {
      this.#move(queue, lane, [tag], () => [this.#mail.refused(queue, message, parcel)])
      return undefined
    }
    const crashes = this.#crashesOf(message, parcel)
    if (crashes > 0) {
      // The broker only says that it came before: the count is written down, or the next crash could not be told from this one.
      this.#move(queue, lane, [tag], (nowMs) => [
        this.#mail.letter({ ...parcel, crashes: parcel.crashes + crashes }, nowMs),
      ])
      return undefined
    }
    if (parcel.dueAtMs !== undefined && parcel.dueAtMs - env.nowMs() > 2 * stepMs) {
      this.#climb(queue, lane, tag, parcel)
      return undefined
    }
    return parcel
  }

  /** Copies take the place of deliveries, which are acknowledged then. */
  async republish(queue: string, deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return
    const nowMs = this.#settings.env.nowMs()
    await this.#mail.prepare(
      deliveries.map(({ parcel }) => parcel),
      nowMs,
    )
    await this.#mail.sendAll(
      deliveries.map(({ parcel }) => this.#mail.letter(parcel, nowMs)),
      queue,
    )
    const lanes = Map.groupBy(deliveries, ({ lane }) => lane)
    for (const [lane, list] of lanes) lane.ack(list.map(({ tag }) => tag))
  }

  /** Resolves when nothing is under way; answers whether something was. */
  async settled(): Promise<boolean> {
    const some = this.#moving.size > 0
    while (this.#moving.size > 0) await Promise.all(this.#moving)
    return some
  }

  /** How often somebody died with it since it was last published. */
  #crashesOf({ fields, properties }: ConsumeMessage, { job }: Parcel): number {
    const headers: Headers = properties.headers ?? {}
    // Only quorum queues count deliveries.
    const count = headers['x-delivery-count']
    const times = typeof count === 'number' ? count : fields.redelivered || this.#wasLong(headers) ? 1 : 0
    if (times === 0) return 0
    return this.#survivors.take(job.id) ? times - 1 : times
  }

  /** It comes from a queue for long jobs: the worker that held it there is gone. */
  #wasLong(headers: Headers): boolean {
    const deaths = headers['x-death'] as { queue?: unknown }[] | undefined
    const last = Array.isArray(deaths) ? deaths[0]?.queue : undefined
    return typeof last === 'string' && last.startsWith(this.#settings.names.longs)
  }

  /** It came before its time: its delay is longer than the ladder, or a clock here is behind the one that delayed it. */
  #climb(queue: string, lane: Lane, tag: number, parcel: Parcel): void {
    this.#move(queue, lane, [tag], (nowMs) => [this.#mail.letter(parcel, nowMs)], [parcel])
  }

  #move(
    queue: string,
    lane: Lane,
    tags: number[],
    letters: (nowMs: number) => Letter[],
    climbing: Parcel[] = [],
  ): void {
    const moving = this.#moved(queue, lane, tags, letters, climbing).finally(() => this.#moving.delete(moving))
    this.#moving.add(moving)
  }

  async #moved(
    queue: string,
    lane: Lane,
    tags: number[],
    letters: (nowMs: number) => Letter[],
    climbing: Parcel[],
  ): Promise<void> {
    const { env } = this.#settings
    try {
      await this.#mail.prepare(climbing, env.nowMs())
      await this.#mail.sendAll(letters(env.nowMs()), queue)
      lane.ack(tags)
    } catch {
      await sleep(env, pauseMs, lane.line.lost, 'idle')
      for (const tag of tags) lane.requeue(tag)
    }
  }
}
