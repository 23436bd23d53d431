import { hostname } from 'node:os'
import type { Receipt } from '../../src/contract/index.ts'
import { Calls } from './calls.ts'
import type { ConsumeMessage } from './client.ts'
import { Incoming } from './incoming.ts'
import type { Lane } from './lane.ts'
import { Line } from './line.ts'
import { type Delivery, Loans } from './loans.ts'
import { LongJobs } from './long.ts'
import { Mail } from './mail.ts'
import type { Settings } from './options.ts'
import { Publisher } from './publisher.ts'
import type { Survivors } from './survivors.ts'
import { Tap } from './tap.ts'
import { Topology } from './topology.ts'

/** At the end, what is on loan is given back for at most this long; what is left, the broker takes back by itself. */
const leaveMsMax = 4_000
const probeEveryMs = 5_000

/**
 * What lives from `open` to `close`: a session, its connections, its loans. One connection publishes, because the broker stops reading
 * from those that do when it is short of memory; another one takes jobs and acknowledges them, and when it is lost, so is the session.
 */
export class Presence {
  readonly session: string
  readonly settings: Settings
  readonly loans: Loans
  readonly calls = new Calls()
  readonly topology: Topology
  readonly mail: Mail
  readonly long: LongJobs
  readonly #survivors: Survivors
  readonly #incoming: Incoming
  readonly #taps = new Map<string, Tap>()
  readonly #ended = new AbortController()
  readonly #ringers = new Set<() => void>()
  #publishing: Promise<Line> | undefined
  #publishingLineNow: Line | undefined
  #consuming: Promise<Line> | undefined
  #consumingLine: Line | undefined
  /** Loans that were taken back one by one, since they were last told. */
  #lost: Receipt[] = []
  #ringing = false
  #isRevoked = false
  #probedMonoMs = -Infinity

  constructor(settings: Settings, survivors: Survivors) {
    const id = settings.env.id()
    this.session = `${hostname()}:${process.pid}:${id}`
    this.settings = settings
    this.#survivors = survivors
    this.loans = new Loans(id)
    this.topology = new Topology(settings, () => this.#publishingLine())
    this.mail = new Mail(settings, this.topology, new Publisher(settings, () => this.#publishingLine()))
    this.#incoming = new Incoming(settings, this.mail, survivors)
    this.long = new LongJobs({
      settings,
      session: this.session,
      loans: this.loans,
      topology: this.topology,
      mail: this.mail,
      line: () => this.#consumingLineOpen(),
      ended: (lane) => this.#laneEnded(lane, []),
    })
  }

  /** @throws FW_DRIVER_MISSING, FW_CONNECT_FAILED */
  static async open(settings: Settings, survivors: Survivors): Promise<Presence> {
    const presence = new Presence(settings, survivors)
    await presence.#publishingLine()
    return presence
  }

  /** Nobody waits for jobs any more: it is closing, or revoked. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }
  get isRevoked(): boolean {
    return this.#isRevoked
  }

  /** The tap of a queue, opened when it is first asked. @throws FW_NAME_INVALID */
  tap(queue: string): Tap {
    const known = this.#taps.get(queue)
    if (known !== undefined) return known
    const { env, names } = this.settings
    const tap = new Tap(names.queue(queue), {
      env,
      order: this.settings.order,
      line: () => this.#consumingLineOpen(),
      ready: () => this.topology.queue(queue),
      read: (message: ConsumeMessage, lane) => this.#incoming.read(queue, message, lane),
      giveBack: (deliveries) => this.giveBack(deliveries),
      isBlocked: () => this.#publishingLineNow?.blocked !== undefined,
      ended: (lane, prefetched) => this.#laneEnded(lane, prefetched),
      ring: () => this.#ringSoon(),
      gone: () => this.topology.forget(queue),
    })
    this.#taps.set(queue, tap)
    return tap
  }

  /** Prefetched here and not handed out; and how many the queue has besides, where it is being drained. */
  async prefetched(queue: string): Promise<{ ready: number; early: number; waiting: number | undefined }> {
    const tap = this.#taps.get(queue)
    const waiting = await tap?.waiting()
    return { ready: tap?.buffer.readyCount ?? 0, early: tap?.buffer.earlyCount ?? 0, waiting }
  }

  /** All that the queue has for us has come; where some had to be marked first, these too. */
  async settled(tap: Tap, count: number): Promise<void> {
    await tap.settle(count)
    if (!(await this.#incoming.settled())) return
    await tap.settle(count)
  }

  /** Answers how to stop it. */
  onRing(ring: () => void): () => void {
    this.#ringers.add(ring)
    return () => this.#ringers.delete(ring)
  }

  /** Back to their queues, no attempt burned and no crash counted. */
  async giveBack(deliveries: readonly Delivery[]): Promise<void> {
    const byQueue = Map.groupBy(deliveries, ({ parcel }) => parcel.job.queue)
    await Promise.all([...byQueue].map(([queue, list]) => this.#incoming.republish(queue, list)))
  }

  /** Loans that were taken back one by one. */
  takeLost(): Receipt[] {
    return this.#lost.splice(0)
  }

  /** A connection may be silent for ever: now and then its peer is asked something. Nobody waits for the answer. */
  probe(): void {
    const nowMonoMs = this.settings.env.monoMs()
    const line = this.#consumingLine
    if (line === undefined || nowMonoMs - this.#probedMonoMs < probeEveryMs) return
    this.#probedMonoMs = nowMonoMs
    void line.probe(async () => (await line.channel()).close())
  }

  /** Gives back what is on loan and prefetched, and goes. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#ring()
    const { env } = this.settings
    const left = this.#leave()
    await new Promise<void>((resolve) => {
      const timer = env.setTimer(resolve, leaveMsMax)
      void left.finally(() => {
        env.clearTimer(timer)
        resolve()
      })
    })
    const lines = await Promise.allSettled([this.#publishing, this.#consuming])
    await Promise.all(lines.map(async (line) => line.status === 'fulfilled' && line.value?.close()))
  }

  async #leave(): Promise<void> {
    await Promise.allSettled([...this.#taps.values()].map((tap) => tap.shut()))
    const loans = this.loans.all()
    await this.giveBack(loans).catch(() => {})
    for (const loan of loans) this.loans.remove(loan)
    await this.#incoming.settled()
    // Acknowledgements have no reply, those of a moment ago neither; a question behind them has.
    const lanes = new Set(loans.map(({ lane }) => lane))
    await Promise.allSettled([
      ...[...lanes].map((lane) => lane.still()),
      ...[...this.#taps.values()].map((tap) => tap.still()),
    ])
    await this.long.remove()
  }

  #publishingLine(): Promise<Line> {
    this.#publishing ??= Line.open(this.settings, `${this.session} publishes`)
      .then((line) => {
        this.#publishingLineNow = line
        line.lost.addEventListener('abort', () => (this.#publishing = undefined), { once: true })
        return line
      })
      .catch((error: unknown) => {
        this.#publishing = undefined
        throw error
      })
    return this.#publishing
  }

  #consumingLineOpen(): Promise<Line> {
    this.#consuming ??= Line.open(this.settings, `${this.session} works`)
      .then((line) => {
        this.#consumingLine = line
        line.lost.addEventListener('abort', () => this.#revoke(), { once: true })
        return line
      })
      .catch((error: unknown) => {
        this.#consuming = undefined
        throw error
      })
    return this.#consuming
  }

  #revoke(): void {
    this.#isRevoked = true
    this.#ended.abort()
    this.#ring()
  }

  #laneEnded(lane: Lane, prefetched: readonly Delivery[]): void {
    const lost = this.loans.removeOn(lane)
    for (const { parcel } of [...lost, ...prefetched]) this.#survivors.add(parcel.job.id)
    this.#lost.push(...lost.map(({ receipt }) => receipt))
    this.#ring()
  }

  /** In the same turn of the loop more messages come: they are handed out together. */
  #ringSoon(): void {
    if (this.#ringing || this.#ringers.size === 0) return
    this.#ringing = true
    this.settings.env.immediate(() => {
      this.#ringing = false
      this.#ring()
    })
  }

  #ring(): void {
    for (const ring of this.#ringers) ring()
  }
}
