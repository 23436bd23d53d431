import { FiberWorkError } from '../../src/contract/index.ts'
import type {
  Added,
  Call,
  Driver,
  DriverTraits,
  Finding,
  KeeperSpec,
  OpenTransaction,
  Pulse,
  QueueDepth,
  Receipt,
  Report,
  Reserved,
  Settled,
  StoredJob,
  Want,
} from '../../src/contract/index.ts'
import { addedOf, jobArguments } from './batch.ts'
import { textsOf, unwire, wire } from './codec.ts'
import { depthsOf } from './depth.ts'
import { diagnose } from './diagnose.ts'
import { PostgresInspector } from './inspector.ts'
import { keeperOf } from './keeper.ts'
import { PostgresLedger } from './ledger.ts'
import { PostgresLimits } from './limits.ts'
import type { Link } from './link.ts'
import { type Loaned, loanedOf, receiptOf, type Reply, reservedOf } from './loans.ts'
import { reserveOf } from './reserve.ts'
import type { ServerFacts } from './server.ts'
import { Session } from './session.ts'
import { type Item, settleArguments, settledOf } from './settle.ts'
import { type PostgresTransaction, type Within, withinTransaction } from './within.ts'

/** Jobs that one transaction releases at close. */
const closeBatch = 1_000

/** How often a sweep also tidies away what is too old to be kept. */
const tidyMs = 5_000

export class PostgresDriver implements Driver {
  readonly name = 'postgres'
  readonly limits: PostgresLimits
  readonly inspector: PostgresInspector
  readonly ledger: PostgresLedger
  readonly keeper: KeeperSpec
  readonly #link: Link
  #traits: DriverTraits
  #warnings: readonly string[] = []
  #linked: Promise<ServerFacts> | undefined
  #session: Session | undefined
  #deaf: (() => void) | undefined
  #tidiedAtMs = -Infinity

  constructor(link: Link) {
    this.#link = link
    const open = () => (this.#opened(), this.#link)
    this.limits = new PostgresLimits(open)
    this.inspector = new PostgresInspector(open)
    this.ledger = new PostgresLedger(open)
    this.keeper = keeperOf(link.settings)
    this.#traits = {
      batchMax: 1_000,
      bodyBytesMax: 64 * 1024 * 1024,
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
      durable: 'power',
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
    await this.#link.prepare()
  }

  /** Prepares the schema too, where that has not been done. */
  async open(): Promise<{ session: string }> {
    const before = this.#session
    try {
      await this.prepare()
    } catch (error) {
      // Nobody closes what never opened.
      if (before === undefined) await this.close()
      throw error
    }
    if (before !== undefined && (await this.#link.text('is_alive', [before.s])) === 'true')
      return { session: before.name }
    this.#deaf?.()
    this.#deaf = undefined
    this.#session = await Session.open(this.#link)
    return { session: this.#session.name }
  }

  async enqueue({ lane, seq }: Call, jobs: StoredJob[]): Promise<Added[]> {
    const { s } = this.#opened()
    if (jobs.length === 0) return []
    return addedOf((await this.#link.text('enqueue', [s, lane, seq, ...jobArguments(jobs)]))!, jobs)
  }

  async settle({ lane, seq }: Call, items: Item[]): Promise<Settled[]> {
    const { s } = this.#opened()
    if (items.length === 0) return []
    return settledOf((await this.#link.text('settle', [s, lane, seq, ...settleArguments(items)]))!, items)
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const session = this.#opened()
    return reserveOf({
      env: this.#link.settings.env,
      session,
      call,
      want,
      pollMs: (await this.#connect()).listens ? undefined : this.#link.settings.pollMs,
      ask: (limit) => this.#ask(session, call, want, limit),
      beIdle: (queues) => this.#beIdle(session, queues),
      isOpen: () => this.#session === session,
    })
  }

  async #ask(
    session: Session,
    { lane, seq }: Call,
    { demand }: Want,
    limit: number,
  ): Promise<{ reserved: Reserved; reply: Reply }> {
    const wanted = demand.map(({ queue, limit: most }) => [wire(queue), most])
    const asked = this.#link.text('reserve', [session.s, lane, seq, JSON.stringify(wanted), limit])
    this.#link.warm()
    const answer = await asked
    return reservedOf(answer!, session.s, demand)
  }

  async #beIdle(session: Session, queues: string[]): Promise<void> {
    this.#deaf ??= await this.#link.hear((rung) => session.waiting.ring(rung))
    await this.#link.text('idle', [session.s, textsOf(queues), 2 * 6_000])
    session.rungFor(queues)
  }

  /**
   * Enqueue inside the user's own transaction on the same database, after `prepare()`. Whatever has `query(sql, params)`: a client of
   * pg, a transaction of postgres.js (`unsafe`) or of Kysely; drivers/postgres/README.md shows each.
   */
  within(transaction: PostgresTransaction): Within {
    return withinTransaction(this.#link, transaction)
  }

  /** As `within`, in a transaction of `Db` on the same database. */
  join(transaction: OpenTransaction): ((jobs: StoredJob[]) => Promise<Added[]>) | undefined {
    return this.#isHere(transaction) ? (jobs) => this.within(transaction).enqueue(jobs) : undefined
  }

  settleIn(transaction: OpenTransaction): ((items: Item[]) => Promise<Settled[]>) | undefined {
    return this.#isHere(transaction) ? (items) => this.within(transaction).settle(items) : undefined
  }

  #isHere({ dialect, place }: OpenTransaction): boolean {
    return dialect === 'postgres' && place === this.#link.settings.place
  }

  async beat(report: Report): Promise<Pulse> {
    const { s } = this.#opened()
    const progress = report.progress.flatMap(({ receipt, value }) => {
      const loaned = loanedOf(receipt)
      return loaned === undefined ? [] : [[loaned.s, loaned.loan, loaned.n, wire(value)]]
    })
    const unbegun =
      report.unbegun === undefined || report.unbegun.length === 0 ? null : JSON.stringify(loansOf(report.unbegun))
    const reply = (await this.#link.call('beat', [
      s,
      report.renew,
      wire(report.about),
      JSON.stringify(progress),
      unbegun,
    ])) as {
      alive: boolean
      paused: string[]
      held: number
      cancelled: [number, number, number, number][]
    }
    const paused = reply.paused.map(unwire)
    if (!reply.alive) return { session: 'revoked', revoked: [], cancelled: [], paused }
    const cancelled = reply.cancelled.map(([s, loan, n, q]) => receiptOf({ s, loan, n, q }))
    return { session: 'alive', revoked: [], cancelled, paused, held: reply.held }
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    const { s } = this.#opened()
    const told = known.map((receipt) => loanedOf(receipt) ?? nobody).map(({ s, loan, n }) => [s, loan, n])
    const { released, revoked } = (await this.#link.call('reconcile', [s, JSON.stringify(told)])) as {
      released: number
      revoked: number[]
    }
    return { released, revoked: revoked.map((i) => known[i]!) }
  }

  /** Also tidies away what is too old to be kept. */
  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    this.#opened()
    const { env, deadAgeMs } = this.#link.settings
    if (env.monoMs() - this.#tidiedAtMs >= tidyMs) {
      this.#tidiedAtMs = env.monoMs()
      await this.#link.text('tidy', [Math.floor(deadAgeMs)])
    }
    return (await this.#link.call('sweep', [limit])) as { taken: number; more: boolean }
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    this.#opened()
    return depthsOf(this.#link, queues)
  }

  async diagnose(): Promise<Finding[]> {
    this.#opened()
    return diagnose(this.#link, await this.#connect())
  }

  /** A closed driver can be opened again, with a new session. */
  async close(): Promise<void> {
    const [session, linked] = [this.#session, this.#linked]
    this.#deaf?.()
    this.#session = this.#linked = this.#deaf = undefined
    session?.waiting.ring(undefined)
    if (linked === undefined) return
    try {
      if (session !== undefined) while ((await this.#link.text('close', [session.s, closeBatch])) === 'true');
    } finally {
      this.#link.close()
    }
  }

  #connect(): Promise<ServerFacts> {
    if (this.#linked !== undefined) return this.#linked
    const linked = this.#link.open().then(
      (facts) => {
        this.#warnings = facts.warnings
        this.#traits = { ...this.#traits, durable: facts.durable }
        return facts
      },
      (error: unknown) => {
        this.#linked = undefined
        throw error
      },
    )
    this.#linked = linked
    return linked
  }

  #opened(): Session {
    if (this.#session !== undefined) return this.#session
    const { place } = this.#link.settings
    throw new FiberWorkError(
      'FW_DRIVER_CLOSED',
      `The Postgres driver of ${place} was used before open() or after close().`,
    )
  }
}

const nobody: Loaned = { s: 0, loan: 0, n: 0, q: 0 }

/** [[loan, n], …] */
const loansOf = (receipts: readonly Receipt[]): [number, number][] =>
  receipts.flatMap((receipt): [number, number][] => {
    const loaned = loanedOf(receipt)
    return loaned === undefined ? [] : [[loaned.loan, loaned.n]]
  })
