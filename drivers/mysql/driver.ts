import { sleep } from '../../src/base/env.ts'
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
import { type Recalled, recall, remember } from './calls.ts'
import { packAdded, unpackAdded } from './codec.ts'
import { carefully } from './careful.ts'
import { depths } from './depth.ts'
import { diagnose } from './diagnose.ts'
import { enqueueInto, readForEnqueue } from './enqueue.ts'
import { type Guest, guestOf } from './guest.ts'
import { MysqlInspector } from './inspector.ts'
import { keeperOf } from './keeper.ts'
import { MysqlLedger } from './ledger.ts'
import { MysqlLimits } from './limits.ts'
import type { Link } from './link.ts'
import { migrate } from './migrate.ts'
import type { Outlook } from './outlook.ts'
import { beat, isAlive, openSession, type Session } from './session.ts'
import { type Item, packSettled, settleInto, unpackSettled } from './settle.ts'
import { endSession, reconcileInto, sweepAndTidy } from './sweep.ts'
import { look, nothing, revoked, take } from './take.ts'
import { Waiting } from './waiting.ts'
import { settleWithin, type Within, withinTransaction } from './within.ts'

/** Jobs that one transaction releases at close. */
const closeBatch = 1_000

interface Opened {
  session: Session
  waiting: Waiting
}

export class MysqlDriver implements Driver {
  readonly name = 'mysql'
  readonly limits: MysqlLimits
  readonly inspector: MysqlInspector
  readonly ledger: MysqlLedger
  readonly keeper: KeeperSpec
  readonly #link: Link
  #traits: DriverTraits
  #warnings: readonly string[] = []
  #linked: Promise<void> | undefined
  #open: Opened | undefined
  /** The newest reserve of each lane that was answered with nothing: not worth a write, and the same again when repeated. */
  readonly #inVain = new Map<number, number>()
  /** What was seen before a reserve that got all it wanted: there is likely more, and the next one takes without looking. */
  #plenty: Outlook | undefined

  constructor(link: Link) {
    this.#link = link
    const opened = () => (this.#opened, link)
    this.limits = new MysqlLimits(opened)
    this.inspector = new MysqlInspector(opened)
    this.ledger = new MysqlLedger(opened)
    this.keeper = keeperOf(link.settings)
    this.#traits = {
      batchMax: 1_000,
      bodyBytesMax: 4 * 1024 * 1024,
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

  /** `durable` is what the server says of itself, once the driver is open; until then, what its defaults give. */
  get traits(): DriverTraits {
    return this.#traits
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  async prepare(): Promise<void> {
    await this.#connect()
    await migrate(this.#link)
  }

  async open(): Promise<{ session: string }> {
    await this.#connect()
    const { env, leaseMs, pollMs } = this.#link.settings
    if (this.#open !== undefined && (await isAlive(this.#link, this.#open.session)))
      return { session: this.#open.session.name }
    const session = await openSession(this.#link, env, leaseMs)
    this.#inVain.clear()
    this.#plenty = undefined
    this.#open?.waiting.close()
    this.#open = { session, waiting: new Waiting(env, this.#link.bell, pollMs) }
    return { session: session.name }
  }

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    const { s } = this.#opened.session
    return carefully(this.#link, 'enqueue', jobs, async (unit, taken) => {
      const recalled: Recalled = {}
      const before = [recall(unit.sql, s, call, 'enqueue', recalled)]
      await readForEnqueue(unit, this.#link.names, jobs, taken, before)
      if (recalled.answer !== undefined) {
        unit.discarded = true
        return unpackAdded(recalled.answer, jobs)
      }
      const added = enqueueInto(unit, jobs, taken)
      remember(unit, s, call, 'enqueue', packAdded(added, jobs))
      return added
    })
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    const { s } = this.#opened.session
    const followUps = items.flatMap(({ verdict }) => verdict.followUps ?? [])
    return carefully(this.#link, 'settle', followUps, async (unit, { ids }) => {
      // A job that ends here frees its id, for the follow-ups behind it alone.
      const taken = { ids, all: true }
      const recalled: Recalled = {}
      const before = [recall(unit.sql, s, call, 'settle', recalled)]
      const settled = await settleInto(unit, this.#link.names, items, {
        before,
        taken,
        isRecalled: () => recalled.answer !== undefined,
      })
      if (recalled.answer !== undefined) {
        unit.discarded = true
        return unpackSettled(recalled.answer, items)
      }
      remember(unit, s, call, 'settle', packSettled(settled, items))
      return settled
    })
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const { session, waiting } = this.#opened
    const { env } = this.#link.settings
    const untilMonoMs = env.monoMs() + want.waitMs
    for (;;) {
      const mark = waiting.mark()
      if (this.#inVain.get(call.lane) === call.seq) return nothing()
      const guessed = this.#plenty
      this.#plenty = undefined
      const seen = guessed ?? (await look(this.#link, session, call, want))
      if ('reserved' in seen) return seen.reserved
      const reserved =
        seen.now && !want.signal.aborted ? await take(this.#link, session, call, want, seen.only) : nothing()
      if (reserved.jobs.length > 0 || reserved.broken.length > 0) {
        waiting.found()
        if (reserved.jobs.length === want.limit) this.#plenty = seen
        return reserved
      }
      // What was plenty a moment ago, or for another demand, is none: now it is looked.
      if (guessed !== undefined && !want.signal.aborted) continue
      const leftMs = untilMonoMs - env.monoMs()
      if (leftMs <= 0 || want.signal.aborted) {
        this.#inVain.set(call.lane, call.seq)
        return reserved
      }
      // What looked ready was not: groups that had to be parked first, or somebody was faster.
      if (seen.now) await sleep(env, 1 + env.random(), want.signal)
      else await waiting.wait(mark, Math.min(leftMs, seen.wakeInMs), want.signal)
      if (this.#opened.session !== session) throw revoked(session)
    }
  }

  /**
   * Enqueue inside the user's own transaction on the same database, after `prepare()`.
   *
   * @example
   * await tx.beginTransaction()
   * await tx.query('insert into orders (id) values (?)', [id])
   * await driver.within(tx).enqueue([job])
   * await tx.commit()
   */
  within(transaction: Guest): Within {
    return withinTransaction(this.#link, () => this.#connect(), guestOf(transaction))
  }

  /** As `within`, in a transaction of `Db` on the same database. */
  join(transaction: OpenTransaction): ((jobs: StoredJob[]) => Promise<Added[]>) | undefined {
    if (!this.#isOurs(transaction)) return undefined
    return async (jobs) => {
      const added = await withinTransaction(this.#link, () => this.#connect(), transaction).enqueue(jobs)
      transaction.afterCommit(async () => this.#link.bell.ring())
      return added
    }
  }

  /** Locks the queues of these jobs until the transaction ends: let it be the last thing before the commit. */
  settleIn(transaction: OpenTransaction): ((items: Item[]) => Promise<Settled[]>) | undefined {
    if (!this.#isOurs(transaction)) return undefined
    return async (items) => {
      const settled = await settleWithin(this.#link, transaction, items)
      transaction.afterCommit(async () => this.#link.bell.ring())
      return settled
    }
  }

  #isOurs({ dialect, place }: OpenTransaction): boolean {
    return dialect === 'mysql' && place === this.#link.settings.place
  }

  async beat(report: Report): Promise<Pulse> {
    const { s } = this.#opened.session
    return this.#link.look('beat', (sql) => beat(sql, s, report))
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    const { s } = this.#opened.session
    return this.#link.transact('reconcile', (unit) => reconcileInto(unit, s, known))
  }

  /** Also tidies away what is too old to be kept. */
  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    void this.#opened
    return sweepAndTidy(this.#link, limit)
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    void this.#opened
    return this.#link.look('depth', (sql) => depths(sql, this.#link.names, queues))
  }

  async diagnose(): Promise<Finding[]> {
    void this.#opened
    return diagnose(this.#link)
  }

  /** A closed driver can be opened again, with a new session. */
  async close(): Promise<void> {
    const [open, linked] = [this.#open, this.#linked]
    this.#open = this.#linked = undefined
    open?.waiting.close()
    if (linked === undefined) return
    try {
      if (open !== undefined) {
        while ((await this.#link.transact('close', (unit) => endSession(unit, open.session.s, closeBatch))).more);
      }
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

  get #opened(): Opened {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError(
      'FW_DRIVER_CLOSED',
      `The MySQL driver of ${this.#link.settings.place} was used before open() or after close().`,
    )
  }
}
