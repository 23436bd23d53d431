import type { Env, Timer } from '../../src/base/env.ts'
import type { DriverTraits } from '../../src/contract/index.ts'
import { Buffer } from './buffer.ts'
import type { ConsumeMessage } from './client.ts'
import { Lane } from './lane.ts'
import type { Line } from './line.ts'
import type { Delivery } from './loans.ts'
import type { Parcel } from './wire.ts'

/** A tap that nobody asks is shut after this long, and what it has prefetched goes back: others may want it. */
const idleMs = 25
/** … or after this long again, where the broker takes nothing back at the moment. */
const blockedMs = 250
/** More consumers than these become one. */
const consumersMax = 32

export interface TapPorts {
  env: Env
  order: DriverTraits['order']
  line: () => Promise<Line>
  /** Makes sure that the queue is there. */
  ready: () => Promise<void>
  /** What is to become of a message: a job, or somebody else sees to it. */
  read: (message: ConsumeMessage, lane: Lane) => Parcel | undefined
  /** Back to the queue, as if they had never been taken. */
  giveBack: (deliveries: Delivery[]) => Promise<void>
  /** The broker takes no messages at the moment. */
  isBlocked: () => boolean
  /** The lane has ended: what was open on it is the broker's again. */
  ended: (lane: Lane, prefetched: Delivery[]) => void
  /** Something may be taken now. */
  ring: () => void
  /** The broker's queue is gone. */
  gone: () => void
}

/**
 * What comes out of one queue. The broker pushes; this drains into a buffer as much as was asked for and not a message more: what the
 * consumers may hold, all together, is what is on loan and what is wanted.
 */
export class Tap {
  readonly brokerQueue: string
  readonly buffer: Buffer
  readonly #ports: TapPorts
  #lane: Promise<Lane> | undefined
  #openLane: Lane | undefined
  #consumers: string[] = []
  /** What the consumers may hold unacknowledged. */
  #capacity = 0
  /** Asked for by those who wait. */
  #askers = 0
  #askedMonoMs = 0
  #idle: Timer | undefined
  #due: Timer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(brokerQueue: string, ports: TapPorts) {
    this.brokerQueue = brokerQueue
    this.#ports = ports
    this.buffer = new Buffer(ports.order)
  }

  /** Somebody wants jobs from here, until `leave`. */
  join(): void {
    this.#askers++
  }

  leave(): void {
    this.#askers--
    this.#askedMonoMs = this.#ports.env.monoMs()
    if (this.#askers === 0 && this.#consumers.length > 0) this.#watchIdle(idleMs)
  }

  /** Let so many come, beyond what is on loan. */
  want(count: number): Promise<void> {
    return this.#inTurn(async () => {
      const lane = await this.#opened()
      const { buffer } = this
      const missing = lane.unacked - buffer.readyCount + count - this.#capacity
      if (missing <= 0) return
      if (this.#consumers.length >= consumersMax) await this.#shut(lane)
      await lane.ask('qos', () => lane.channel.prefetch(Math.min(65_535, missing)))
      await this.#consume(lane)
      this.#capacity += missing
    })
  }

  /** Everything that the queue has for us, up to so many, has come when this resolves. */
  async settle(count: number): Promise<void> {
    const lane = await this.#opened()
    for (let before = -1; ;) {
      const waiting = await lane.barrier(this.brokerQueue)
      this.buffer.ripen(this.#ports.env.nowMs())
      // The broker sends a few hundred at a time to one channel: where there are more, and some came, it is asked again.
      if (waiting === 0 || this.buffer.readyCount >= count || lane.unacked === before) return
      before = lane.unacked
    }
  }

  /**
   * How many wait in the queue, while it is open: asked behind the acknowledgements, which let more come. When this resolves, what was
   * sent lies in the buffer, and nothing is on its way back.
   */
  async waiting(): Promise<number | undefined> {
    return this.#inTurn(async () => {
      const lane = this.#openLane
      if (lane?.isOpen !== true || this.#consumers.length === 0) return undefined
      // The first question may overtake the acknowledgements, and what comes for them would be counted twice.
      await lane.barrier(this.brokerQueue)
      return lane.barrier(this.brokerQueue)
    })
  }

  /** Shut it; what is on loan stays open on its lane. */
  async shut(): Promise<void> {
    this.#clearTimers()
    await this.#inTurn(async () => {
      const lane = this.#openLane
      if (lane?.isOpen === true) await this.#shut(lane)
      await this.#giveBack()
    })
  }

  /** When this resolves, the broker has heard all that was said on the lane. */
  async still(): Promise<void> {
    if (this.#openLane?.isOpen === true) await this.#openLane.still()
  }

  /** Shut it, unless somebody waits here: what is about to come back is for others. */
  async rest(): Promise<void> {
    if (this.#askers === 0 && this.#consumers.length > 0) await this.shut()
  }

  #opened(): Promise<Lane> {
    this.#lane ??= this.#open().catch((error: unknown) => {
      this.#lane = undefined
      throw error
    })
    return this.#lane
  }

  async #open(): Promise<Lane> {
    await this.#ports.ready()
    const lane = await Lane.open(await this.#ports.line(), () => this.#ended(lane))
    this.#openLane = lane
    return lane
  }

  #ended(lane: Lane): void {
    this.#lane = undefined
    this.#openLane = undefined
    this.#consumers = []
    this.#capacity = 0
    this.#clearTimers()
    this.#ports.ended(lane, this.buffer.takeAll())
  }

  async #consume(lane: Lane): Promise<void> {
    const { channel } = lane
    const take = (message: ConsumeMessage | null) => (message === null ? this.#cancelled() : this.#take(message, lane))
    const { consumerTag } = await lane.ask('consume', () => channel.consume(this.brokerQueue, take))
    this.#consumers.push(consumerTag)
  }

  async #shut(lane: Lane): Promise<void> {
    const consumers = this.#consumers.splice(0)
    this.#capacity = 0
    for (const tag of consumers) await lane.ask('cancel', () => lane.channel.cancel(tag))
  }

  /** What cannot go back now is kept: a later call may have it, and whoever closes the lane gives it up. */
  async #giveBack(): Promise<void> {
    const prefetched = this.buffer.takeAll()
    try {
      await this.#ports.giveBack(prefetched)
    } catch (error) {
      const nowMs = this.#ports.env.nowMs()
      for (const delivery of prefetched) if (delivery.lane.isOpen) this.buffer.add(delivery, nowMs)
      throw error
    }
  }

  /** The broker has ended our consumers, because the queue is gone. */
  #cancelled(): void {
    this.#consumers = []
    this.#capacity = 0
    this.#ports.gone()
    this.#ports.ring()
  }

  #take(message: ConsumeMessage, lane: Lane): void {
    const { env, read, ring } = this.#ports
    lane.delivered()
    const parcel = read(message, lane)
    if (parcel === undefined) return
    const delivery = { parcel, lane, tag: message.fields.deliveryTag, arrivedMonoMs: env.monoMs() }
    this.buffer.add(delivery, parcel.dueAtMs === undefined ? 0 : env.nowMs())
    if (this.buffer.earlyCount > 0) this.#watchDue()
    if (this.#askers === 0) this.#watchIdle(idleMs)
    ring()
  }

  /** Whoever waits is woken when the next early one is due; meanwhile it does not take the place of another. */
  #watchDue(): void {
    const { env, ring } = this.#ports
    env.clearTimer(this.#due)
    const { nextDueAtMs } = this.buffer
    if (nextDueAtMs === undefined) return
    const wake = () => {
      this.buffer.ripen(env.nowMs())
      ring()
      this.#watchDue()
    }
    this.#due = env.setTimer(wake, Math.max(1, nextDueAtMs - env.nowMs()), 'idle')
  }

  /** One timer, however often it is asked and left. */
  #watchIdle(delayMs: number): void {
    if (this.#idle !== undefined) return
    const { env } = this.#ports
    const look = () => {
      this.#idle = undefined
      if (this.#askers > 0 || this.#consumers.length === 0) return
      const leftMs = this.#askedMonoMs + idleMs - env.monoMs()
      if (leftMs > 1) this.#watchIdle(leftMs)
      // What has no way back stays here until it has.
      else if (this.#ports.isBlocked()) this.#watchIdle(blockedMs)
      else if (!this.#isFull) void this.shut().catch(() => {})
    }
    this.#idle = env.setTimer(look, delayMs, 'idle')
  }

  /** All that it may hold is on loan: nothing can come until something is settled. */
  get #isFull(): boolean {
    return this.#openLane !== undefined && this.#openLane.unacked - this.buffer.readyCount >= this.#capacity
  }

  #clearTimers(): void {
    this.#ports.env.clearTimer(this.#idle)
    this.#ports.env.clearTimer(this.#due)
    this.#idle = undefined
    this.#due = undefined
  }

  #inTurn<A>(run: () => Promise<A>): Promise<A> {
    const ran = this.#turn.then(run)
    this.#turn = ran.catch(() => {})
    return ran
  }
}
