import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type {
  Added,
  Call,
  Demand,
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
import { wire } from './codec.ts'
import { type DepthReply, depthOf } from './depth.ts'
import { prepareFormat } from './format.ts'
import { RedisInspector } from './inspector.ts'
import { RedisLedger } from './ledger.ts'
import { RedisLimits } from './limits.ts'
import type { Link } from './link.ts'
import { type ReserveReply, reservedOf } from './reserve.ts'
import { loadScript } from './script.ts'
import { addedOf, batchOf } from './sections.ts'
import { Session } from './session.ts'
import { type Item, said, settledOf } from './settle.ts'

const scripts = {
  enqueue: loadScript('enqueue'),
  reserve: loadScript('reserve'),
  settle: loadScript('settle'),
  sweep: loadScript('sweep'),
  pass: loadScript('pass'),
  depth: loadScript('depth'),
}

export interface RedisDriverParts {
  link: Link
  env: Env
  leaseMs: number
  deadAgeMs: number
  /** How a guardian thread reaches the same server, where it can. */
  keeper: KeeperSpec | undefined
  /** Which shard it is: `0/3`; left out where there are none. */
  shard?: string
}

/** What a question brought. */
export interface Asked {
  reserved: Reserved
  /** Resolves when asking again may bring something, after `ms`, or when the signal aborts. */
  more(ms: number, signal: AbortSignal): Promise<void>
}

export class RedisDriver implements Driver {
  readonly name = 'redis'
  readonly keeper?: KeeperSpec
  readonly limits: RedisLimits
  readonly inspector: RedisInspector
  readonly ledger: RedisLedger
  readonly #parts: RedisDriverParts
  readonly #link: Link
  #traits: DriverTraits
  #warnings: readonly string[] = []
  /** Queues of limited depth: who finds no room there is decided in the order of the jobs. */
  readonly #inTurn = new Set<string>()
  #open: Session | undefined
  #linked: Promise<unknown> | undefined
  #deaf: (() => void) | undefined

  constructor(parts: RedisDriverParts) {
    this.#parts = parts
    this.#link = parts.link
    if (parts.keeper !== undefined) this.keeper = parts.keeper
    const link = () => (this.#session, this.#link)
    this.limits = new RedisLimits(link)
    this.inspector = new RedisInspector(link)
    this.ledger = new RedisLedger(link)
    this.#traits = {
      batchMax: 1_000,
      bodyBytesMax: 16 * 1024 * 1024,
      delayMsMax: 100 * 365 * 86_400_000,
      clockStepMs: 1,
      lanesMax: 16,
      order: 'priority',
      lease: 'session',
      fence: 'store',
      replay: true,
      followUps: 'atomic',
      crashes: true,
      unique: true,
      groups: true,
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
    await prepareFormat(this.#link, this.#parts.shard)
  }

  async open(): Promise<{ session: string }> {
    await this.#connect()
    const { env, leaseMs } = this.#parts
    const session = await Session.open(this.#link, env, leaseMs, this.#open)
    if (session !== this.#open) {
      this.#deaf?.()
      this.#deaf = undefined
      this.#open = session
    }
    return { session: session.name }
  }

  async enqueue({ lane, seq }: Call, jobs: StoredJob[]): Promise<Added[]> {
    const session = this.#session
    if (jobs.length === 0) return []
    let batch = batchOf(jobs, this.#inTurn)
    const send = () =>
      this.#link.run(scripts.enqueue, [session.id, lane, seq, JSON.stringify(batch.sections), ...batch.args])
    let reply = await send()
    if (reply === 'IN TURN') {
      for (const { queue } of jobs) this.#inTurn.add(queue)
      batch = batchOf(jobs, this.#inTurn)
      reply = await send()
    }
    if (typeof reply === 'string') throw refused(reply)
    // A call that is repeated is answered as it was asked first, in turn or not, whatever has changed since.
    const [letters, inTurn, ...holders] = reply as [string, 0 | 1, ...string[]]
    const inOrder = (batch.sections[0]!.t === 1) === (inTurn === 1)
    const { order } = inOrder ? batch : batchOf(jobs, new Set(inTurn === 1 ? jobs.map(({ queue }) => queue) : []))
    return addedOf(jobs, order, letters, holders)
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const { env } = this.#parts
    const session = this.#session
    const untilMonoMs = env.monoMs() + want.waitMs
    for (;;) {
      if (session.inVain.get(call.lane) === call.seq) return nothing()
      const handed = session.handedOver.take(call)
      if (handed !== undefined) return reservedOf(session.id, session.loans, handed)
      const { aborted } = want.signal
      const leftMs = aborted ? 0 : Math.max(0, Math.ceil(untilMonoMs - env.monoMs()))
      const { reserved, more } = await this.ask(call, want.demand, aborted ? 0 : want.limit, leftMs, true)
      if (reserved.jobs.length > 0 || reserved.broken.length > 0) return reserved
      if (leftMs === 0) {
        session.inVain.set(call.lane, call.seq)
        return nothing()
      }
      await more(leftMs, want.signal)
    }
  }

  /**
   * One question of a reserve: what there is now. With a wait, and nothing there, whoever brings something for `waitMs` from now
   * rings for this session; such an answer has no record, and the call may ask again. With `handOver` a single job may come with
   * the ring itself, as the answer to this call.
   */
  async ask(call: Call, demand: Demand[], limit: number, waitMs: number, handOver = false): Promise<Asked> {
    const { env } = this.#parts
    const session = this.#session
    session.queues = demand.map(({ queue }) => wire(queue))
    if (waitMs > 0) this.#hear(session)
    const mark = session.waiting.mark()
    const wanted = demand.flatMap(({ queue, limit }) => [wire(queue), limit])
    const bell = waitMs > 0 ? this.#link.bell : ''
    const asked = [session.id, call.lane, call.seq, limit, bell, waitMs, handOver ? 1 : 0]
    const reply = await this.#link.run(scripts.reserve, [...asked, ...wanted])
    if (reply === 'REVOKED') throw session.revoked()
    if (typeof reply === 'string') throw refused(reply)
    const [, , wakeInMs, waiters] = reply as ReserveReply
    const wakeMonoMs = wakeInMs === '' ? Infinity : env.monoMs() + Number(wakeInMs)
    const more = async (ms: number, signal: AbortSignal) => {
      await session.waiting.wait(mark, ms, wakeMonoMs - env.monoMs(), waiters, signal)
      if (this.#session !== session) throw session.revoked()
    }
    return { reserved: reservedOf(session.id, session.loans, reply as ReserveReply), more }
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

  /** Also drops what is too old to be kept, of some queues a call. */
  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    void this.#session
    const args = ['', Math.min(limit, this.#traits.batchMax), this.#parts.deadAgeMs]
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
    this.#deaf?.()
    this.#deaf = undefined
    if (linked === undefined) return
    session?.waiting.ring()
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

  /** From its first wait on, a session hears its bell. A ring that nobody here waits for is passed on. */
  #hear(session: Session): void {
    this.#deaf ??= this.#link.hear(session.id, (said) => {
      if (said !== undefined) session.handedOver.add(said)
      // What was handed over is on loan: who does not wait for it any more is asking for it.
      if (session.waiting.ring() || said !== undefined || session !== this.#open) return
      this.#link.run(scripts.pass, session.queues).catch(() => {})
    })
  }

  get #session(): Session {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError('FW_DRIVER_CLOSED', 'The Redis driver was used before open() or after close().')
  }
}

const nothing = (): Reserved => ({ jobs: [], broken: [] })

/** A call that its session has left behind: repeating it can change nothing. */
const refused = (message: string): FiberWorkError =>
  new FiberWorkError('FW_STORE_FAILED', message, { retryable: false })
