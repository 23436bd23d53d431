import { FiberWorkError } from '../../src/contract/index.ts'
import type { ConsumeMessage } from './client.ts'
import { wayUp } from './ladder.ts'
import type { Settings } from './options.ts'
import { type Fate, type Letter, Posting, type Publisher } from './publisher.ts'
import type { Topology } from './topology.ts'
import { type Headers, type Parcel, toContent, toProperties } from './wire.ts'

export type Outcome = 'dead' | 'quarantined' | 'cancelled' | 'refused'

/** Writes the letters, and sees to it that what they are addressed to is there. */
export class Mail {
  readonly #settings: Settings
  readonly #topology: Topology
  readonly #publisher: Publisher

  constructor(settings: Settings, topology: Topology, publisher: Publisher) {
    this.#settings = settings
    this.#topology = topology
    this.#publisher = publisher
  }

  /** To its queue, or up the queue's ladder when it is not due. */
  letter(parcel: Parcel, nowMs: number): Letter {
    const { queue } = parcel.job
    const { names } = this.#settings
    const options = toProperties(parcel)
    const content = toContent(parcel.job.body, options)
    const way = parcel.dueAtMs === undefined ? undefined : wayUp(queue, parcel.dueAtMs - nowMs)
    if (way === undefined) return { exchange: '', key: names.queue(queue), content, options }
    return { exchange: names.rungExchange(way.level), key: way.key, content, options }
  }

  /** To the dead letters of its queue, with the reason. */
  deadLetter(parcel: Parcel, outcome: Outcome, reason: string): Letter {
    const options = toProperties({ ...parcel, error: undefined })
    Object.assign(options.headers, epitaph(outcome, reason))
    const key = this.#settings.names.dead(parcel.job.queue)
    return { exchange: '', key, content: toContent(parcel.job.body, options), options }
  }

  /** A message that is no job of ours goes there as it is, as far as it can be written again. */
  refused(queue: string, { content, properties, fields }: ConsumeMessage, reason: string): Letter {
    const kept: Headers = {}
    for (const [name, value] of Object.entries((properties.headers ?? {}) as Headers)) kept[name] = plain(value)
    const given = properties as unknown as Record<string, unknown>
    const options: Letter['options'] = {
      persistent: true,
      mandatory: true,
      messageId: this.#settings.env.id(),
      headers: { ...kept, ...epitaph('refused', reason), 'fiber-work-routing-key': fields.routingKey },
    }
    for (const name of ['messageId', 'type', 'contentType', 'contentEncoding', 'correlationId'] as const) {
      const value = given[name]
      if (typeof value === 'string' && value !== '') options[name] = value
    }
    return { exchange: '', key: this.#settings.names.dead(queue), content, options }
  }

  /** What the parcels need on the broker before they can be sent. */
  async prepare(parcels: readonly Parcel[], nowMs: number): Promise<void> {
    const queues = new Map<string, boolean>()
    for (const { job, dueAtMs } of parcels) {
      const climbs = dueAtMs !== undefined && wayUp(job.queue, dueAtMs - nowMs) !== undefined
      if (climbs || !queues.has(job.queue)) queues.set(job.queue, climbs || queues.get(job.queue) === true)
    }
    for (const [queue, climbs] of queues) await (climbs ? this.#topology.ladder(queue) : this.#topology.queue(queue))
  }

  /**
   * Each is confirmed or refused when this resolves. Where somebody has deleted a queue of ours, it is made again, and what came back goes
   * once more. @throws FW_STORE_FAILED and what publisher and topology throw
   */
  async send(posting: Posting, queueOf: (index: number) => string): Promise<readonly Fate[]> {
    const fates = await this.#publisher.post(posting)
    if (!fates.includes('returned')) return fates
    for (const [i, fate] of fates.entries()) {
      if (fate !== 'returned') continue
      posting.fates[i] = undefined
      await this.#remake(queueOf(i), posting.letters[i]!.exchange !== '')
    }
    const again = await this.#publisher.post(posting)
    const lost = again.indexOf('returned')
    if (lost < 0) return again
    posting.fates[lost] = undefined
    const message = `${this.#settings.place.shown}: what was sent to "${posting.letters[lost]!.key}" came back: no queue is there.`
    throw new FiberWorkError('FW_STORE_FAILED', message)
  }

  async #remake(queue: string, ladder: boolean): Promise<void> {
    const topology = this.#topology
    topology.forget(queue)
    await (ladder ? topology.ladder(queue) : topology.queue(queue))
  }

  /** Send these and no others, over a new connection where the first one fails. @throws FW_STORE_FAILED where the queue is full */
  async sendAll(letters: readonly Letter[], queue: string): Promise<void> {
    const posting = new Posting(letters)
    const send = async () => {
      await this.#topology.queue(queue)
      return this.send(posting, () => queue)
    }
    const fates = await send().catch(send)
    if (fates.includes('refused')) throw this.full(queue)
  }

  full(queue: string): FiberWorkError {
    const { names, place } = this.#settings
    const message = `${place.shown}: the queue "${names.queue(queue)}" takes no more (x-max-length with reject-publish).`
    return new FiberWorkError('FW_STORE_FAILED', message)
  }
}

const reasonLengthMax = 4_000

function epitaph(outcome: Outcome, reason: string): Headers {
  return { 'fiber-work-outcome': outcome, 'fiber-work-reason': reason.slice(0, reasonLengthMax).toWellFormed() }
}

/** Headers of other clients may hold what ours cannot write again. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, reasonLengthMax)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return JSON.stringify(value)?.slice(0, reasonLengthMax) ?? 'null'
}
