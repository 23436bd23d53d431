import { FiberWorkError } from '../../src/contract/index.ts'
import type {
  Added,
  Call,
  Driver,
  DriverTraits,
  KeeperSpec,
  Pulse,
  QueueDepth,
  Receipt,
  Report,
  Reserved,
  Settled,
  StoredJob,
  Want,
} from '../../src/contract/index.ts'
import type { Settings } from '../redis-common/settings.ts'
import { wire } from '../redis-common/wire.ts'
import { type DepthReply, depthOf } from './depth.ts'
import { prepareFormat } from './format.ts'
import { StreamsInspector } from './inspector.ts'
import { StreamsLedger } from './ledger.ts'
import type { Link } from './link.ts'
import { placesIn, type ReserveReply, reservedOf } from './reserve.ts'
import { loadScript } from './script.ts'
import { addedOf, batchOf } from './sections.ts'
import { Session } from './session.ts'
import { type Item, said, settledOf } from './settle.ts'
import { news } from './waiting.ts'

const scripts = {
  enqueue: loadScript('enqueue'),
  reserve: loadScript('reserve'),
  settle: loadScript('settle'),
  sweep: loadScript('sweep'),
  depth: loadScript('depth'),
}

export class RedisStreamsDriver implements Driver {
  readonly name = 'redis-streams'
  readonly keeper?: KeeperSpec
  readonly inspector: StreamsInspector
  readonly ledger: StreamsLedger
  readonly #link: Link
  readonly #settings: Settings
  #traits: DriverTraits
  #warnings: readonly string[] = []
  #open: Session | undefined
  #linked: Promise<unknown> | undefined

  /** `keeper`: how a guardian thread reaches the same server, where it can. */
  constructor(link: Link, settings: Settings, keeper: KeeperSpec | undefined) {
    this.#link = link
    this.#settings = settings
    if (keeper !== undefined) this.keeper = keeper
    const usable = () => (this.#session, this.#link)
    this.inspector = new StreamsInspector(usable)
    this.ledger = new StreamsLedger(usable)
    this.#traits = {
      batchMax: 1_000,
      bodyBytesMax: 16 * 1024 * 1024,
      delayMsMax: 100 * 365 * 86_400_000,
      clockStepMs: 1,
      lanesMax: 16,
      order: 'fifo',
      lease: 'session',
      fence: 'store',
      replay: true,
      followUps: 'atomic',
      crashes: true,
      unique: true,
      groups: false,
      history: true,
      failures: true,
      durable: 'process',
    }
  }

  /** `durable` is what the server says of itself, once the driver is open. */
  get traits(): DriverTraits {
    return this.#traits
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  async prepare(): Promise<void> {
    await this.#connect()
    await prepareFormat(this.#link)
  }

  async open(): Promise<{ session: string }> {
    await this.#connect()
    const { env, leaseMs } = this.#settings
    this.#open = await Session.open(this.#link, env, leaseMs, this.#open)
    return { session: this.#open.name }
  }

  async enqueue({ lane, seq }: Call, jobs: StoredJob[]): Promise<Added[]> {
    const session = this.#session
    if (jobs.length === 0) return []
    const { sections, args } = batchOf(jobs)
    const reply = await this.#link.run(scripts.enqueue, [session.id, lane, seq, JSON.stringify(sections), ...args])
    if (typeof reply === 'string') throw refused(reply)
    const [letters, ...holders] = reply as [string, ...string[]]
    return addedOf(jobs, letters, holders)
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const { env } = this.#settings
    const session = this.#session
    const untilMonoMs = env.monoMs() + want.waitMs
    const again = session.asked.get(call.lane) === call.seq
    session.asked.set(call.lane, call.seq)
    for (;;) {
      if (session.inVain.get(call.lane) === call.seq) return nothing()
      const aborted = want.signal.aborted || session.ended.signal.aborted
      const leftMs = aborted ? 0 : Math.max(0, Math.ceil(untilMonoMs - env.monoMs()))
      const reply = await this.#ask(session, call, want, aborted ? 0 : want.limit, leftMs > 0)
      const reserved = reservedOf(session.loans, reply, again)
      if (reserved.jobs.length > 0 || reserved.broken.length > 0) return reserved
      if (leftMs === 0) {
        session.inVain.set(call.lane, call.seq)
        return nothing()
      }
      const wakeInMs = reply[2] === '' ? Infinity : Number(reply[2])
      const signals = [want.signal, session.ended.signal]
      await news(env, this.#link, placesIn(reply), Math.min(leftMs, wakeInMs), signals)
      if (this.#session !== session) throw session.revoked()
    }
  }

  /** One question of a reserve: what there is now. One that found nothing and may wait has no record, and the call may ask again. */
  async #ask(session: Session, call: Call, want: Want, limit: number, mayWait: boolean): Promise<ReserveReply> {
    const wanted = want.demand.flatMap(({ queue, limit }) => [wire(queue), limit])
    const asked = [session.id, call.lane, call.seq, limit, mayWait ? 1 : 0, ...wanted]
    const reply = await this.#link.run(scripts.reserve, asked)
    if (reply === 'REVOKED') throw session.revoked()
    if (typeof reply === 'string') throw refused(reply)
    return reply as ReserveReply
  }

  async settle({ lane, seq }: Call, items: Item[]): Promise<Settled[]> {
    const session = this.#session
    if (items.length === 0) return []
    const says = said(session.loans, items)
    const reply = await this.#link.run(scripts.settle, [session.id, lane, seq, says.json, ...says.args])
    if (typeof reply === 'string') throw refused(reply)
    const [staleAt, added] = reply as [number[], string]
    for (const loaned of says.ours) if (loaned !== undefined) session.loans.drop(loaned)
    return settledOf(says, items.length, staleAt, added)
  }

  async beat(report: Report): Promise<Pulse> {
    return this.#session.beat(this.#link, report)
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#session.reconcile(this.#link, known)
  }

  /** Also drops the dead that are too old, of some queues a call. */
  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    void this.#session
    const args = [Math.min(limit, this.#traits.batchMax), this.#settings.deadAgeMs]
    const [taken, more] = (await this.#link.run(scripts.sweep, args)) as [number, number]
    return { taken, more: more === 1 }
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    void this.#session
    const replies = (await this.#link.run(scripts.depth, queues.map(wire))) as DepthReply[]
    return replies.map((reply, at) => depthOf(queues[at]!, reply))
  }

  /** A closed driver can be opened again, with a new session. */
  async close(): Promise<void> {
    const [session, linked] = [this.#open, this.#linked]
    this.#open = this.#linked = undefined
    if (linked === undefined) return
    session?.ended.abort()
    try {
      await session?.close(this.#link)
    } finally {
      await linked.catch(() => {})
      await this.#link.close()
    }
  }

  /** Once a driver: the link counts who uses it. */
  async #connect(): Promise<void> {
    this.#linked ??= this.#link.open().then(({ durable, warnings }) => {
      this.#traits = { ...this.#traits, durable }
      this.#warnings = warnings
    })
    try {
      await this.#linked
    } catch (error) {
      this.#linked = undefined
      throw error
    }
  }

  get #session(): Session {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError('FW_DRIVER_CLOSED', 'The Redis Streams driver was used before open() or after close().')
  }
}

const nothing = (): Reserved => ({ jobs: [], broken: [] })

/** A call that its session has left behind: repeating it can change nothing. */
const refused = (message: string): FiberWorkError =>
  new FiberWorkError('FW_STORE_FAILED', message, { retryable: false })
