import { resolve } from 'node:path'
import { sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type {
  Added,
  Call,
  Driver,
  DriverTraits,
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
import { recall, remember, type Verb } from './calls.ts'
import { packAdded, type Stored, unpackAdded } from './codec.ts'
import { Connection } from './connection.ts'
import { depthOf } from './depth.ts'
import { enqueueInto } from './enqueue.ts'
import { SqliteInspector } from './inspector.ts'
import { keeperOf } from './keeper.ts'
import { SqliteLedger } from './ledger.ts'
import { SqliteLimits } from './limits.ts'
import { migrate } from './migrate.ts'
import type { Settings } from './options.ts'
import { outlook, recallReserved, reserveInto } from './reserve.ts'
import {
  beatInto,
  endSession,
  isAlive,
  isSweepDue,
  openSession,
  reconcileInto,
  type Session,
  sweepInto,
} from './sessions.ts'
import { type Item, packSettled, settleInto, unpackSettled } from './settle.ts'
import type { Sql } from './sql.ts'
import { isTidyDue, tidyInto } from './tidy.ts'
import { traitsOf } from './traits.ts'
import { Unit } from './unit.ts'
import { Waiting } from './waiting.ts'
import { isFile, type SqliteTransaction, type Within, withinTransaction } from './within.ts'

/** Looking again after this long costs nothing, and makes up for a clock that was set. */
const lookAgainMs = 1_000

/** Jobs that one transaction releases at close. */
const closeBatch = 1_000

export class SqliteDriver implements Driver {
  readonly name = 'sqlite'
  readonly traits: DriverTraits
  readonly limits: SqliteLimits
  readonly inspector: SqliteInspector
  readonly ledger: SqliteLedger
  readonly keeper: KeeperSpec
  readonly #settings: Settings
  #connection: Connection | undefined
  #waiting: Waiting | undefined
  #session: Session | undefined
  /** The newest reserve of each lane that was answered with nothing: not worth a write, and the same again when repeated. */
  readonly #inVain = new Map<number, number>()

  constructor(settings: Settings) {
    this.#settings = settings
    const connection = () => this.#opened().connection
    this.limits = new SqliteLimits(connection)
    this.inspector = new SqliteInspector(connection, settings.env)
    this.ledger = new SqliteLedger(connection)
    this.keeper = keeperOf(settings)
    this.traits = traitsOf(settings)
  }

  async prepare(): Promise<void> {
    const connection = this.#connection ?? new Connection(this.#settings)
    try {
      await migrate(connection, this.#settings.share)
      this.#connection ??= connection
    } finally {
      if (this.#connection !== connection) connection.close()
    }
  }

  /** Prepares the file too: it is ours, and there is nobody else who could have done it. */
  async open(): Promise<{ session: string }> {
    await this.prepare()
    const connection = this.#connection!
    const { env, leaseMs, pollMs } = this.#settings
    const waiting = (this.#waiting ??= new Waiting(connection.file, env, pollMs, () => connection.dataVersion()))
    connection.onStirred = () => waiting.ring()
    const before = this.#session
    if (before !== undefined && (await connection.read((sql) => isAlive(sql, before.s))))
      return { session: before.name }
    this.#inVain.clear()
    this.#session = await connection.write((unit) => openSession(unit, env, leaseMs))
    return { session: this.#session.name }
  }

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#once(
      call,
      'enqueue',
      (unit) => enqueueInto(unit, jobs),
      (added) => packAdded(added, jobs),
      (record) => unpackAdded(record as string, jobs),
    )
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    return this.#once(
      call,
      'settle',
      (unit) => settleInto(unit, items),
      (settled) => packSettled(settled, items),
      (record) => unpackSettled(record, items),
    )
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const { connection, session, waiting } = this.#opened()
    const { env } = this.#settings
    const untilMonoMs = env.monoMs() + want.waitMs
    for (;;) {
      const mark = waiting.mark()
      const seen = await connection.read((sql) => this.#look(sql, session, call, want))
      if ('reserved' in seen) return seen.reserved
      const reserved = seen.now && !want.signal.aborted ? await this.#take(session, call, want) : nothing()
      if (reserved.jobs.length > 0 || reserved.broken.length > 0) return reserved
      const leftMs = untilMonoMs - env.monoMs()
      if (leftMs <= 0 || want.signal.aborted) {
        this.#inVain.set(call.lane, call.seq)
        return reserved
      }
      // What looked ready was not: groups that had to be parked first, or somebody was faster.
      if (seen.now) await sleep(env, 1, want.signal)
      else await waiting.wait(mark, Math.min(leftMs, seen.wakeAtMs - seen.nowMs, lookAgainMs), want.signal)
      if (this.#opened().session !== session) throw revoked(session)
    }
  }

  /** Without the write lock: the answer if it was given before, else whether there is something to take. */
  #look(
    sql: Sql,
    session: Session,
    call: Call,
    want: Want,
  ): { reserved: Reserved } | { now: boolean; nowMs: number; wakeAtMs: number } {
    const unit = new Unit(sql)
    const record = recall(sql, session.s, call, 'reserve')
    if (record !== undefined) return { reserved: recallReserved(unit, record) }
    if (this.#inVain.get(call.lane) === call.seq) return { reserved: nothing() }
    if (!isAlive(sql, session.s)) throw revoked(session)
    return { nowMs: unit.nowMs, ...outlook(unit, want) }
  }

  #take(session: Session, call: Call, want: Want): Promise<Reserved> {
    return this.#opened().connection.write((unit) => {
      const before = recall(unit.sql, session.s, call, 'reserve')
      if (before !== undefined) return recallReserved(unit, before)
      if (!isAlive(unit.sql, session.s)) throw revoked(session)
      const { reserved, record } = reserveInto(unit, session.s, want)
      if (reserved.jobs.length > 0) remember(unit, session.s, call, 'reserve', record)
      return reserved
    })
  }

  /**
   * Enqueue inside the user's own transaction on the same file, after `prepare()`.
   *
   * @example
   * db.exec('begin immediate')
   * db.prepare('insert into orders (id) values (?)').run(id)
   * driver.within(db).enqueue([job])
   * db.exec('commit')
   */
  within(transaction: SqliteTransaction): Within {
    return withinTransaction(resolve(this.#settings.path), transaction)
  }

  /** As `within`, in a transaction of `Db` on the same file. */
  join(transaction: OpenTransaction): ((jobs: StoredJob[]) => Promise<Added[]>) | undefined {
    return this.#guest(transaction, (within, jobs) => within.enqueue(jobs))
  }

  settleIn(transaction: OpenTransaction): ((items: Item[]) => Promise<Settled[]>) | undefined {
    return this.#guest(transaction, (within, items) => within.settle(items))
  }

  #guest<Given, Answer>(transaction: OpenTransaction, work: (within: Within, given: Given) => Answer) {
    const { dialect, place } = transaction
    if (dialect !== 'sqlite' || !isFile(place, resolve(this.#settings.path))) return undefined
    return async (given: Given): Promise<Answer> => {
      const answer = await transaction.alone((db) => work(this.within(db as SqliteTransaction), given))
      transaction.afterCommit(async () => this.#waiting?.ring())
      return answer
    }
  }

  async beat(report: Report): Promise<Pulse> {
    const { connection, session } = this.#opened()
    return connection.write((unit) => beatInto(unit, session.s, report))
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    const { connection, session } = this.#opened()
    return connection.write((unit) => reconcileInto(unit, session.s, known))
  }

  /** Also tidies away what is too old to be kept. */
  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    const { connection } = this.#opened()
    const { deadAgeMs } = this.#settings
    const due = await connection.read((sql) => {
      const { nowMs } = new Unit(sql)
      return { sweep: isSweepDue(sql, nowMs), tidy: isTidyDue(sql, nowMs, deadAgeMs) }
    })
    if (due.tidy) await connection.write((unit) => tidyInto(unit, deadAgeMs))
    return due.sweep ? connection.write((unit) => sweepInto(unit, limit)) : { taken: 0, more: false }
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    const { connection } = this.#opened()
    return connection.read((sql) => {
      const unit = new Unit(sql)
      return queues.map((queue) => depthOf(unit, queue))
    })
  }

  /** A closed driver can be opened again, with a new session. */
  async close(): Promise<void> {
    const [connection, session] = [this.#connection, this.#session]
    this.#waiting?.close()
    this.#connection = this.#waiting = this.#session = undefined
    if (connection === undefined) return
    try {
      if (session !== undefined) {
        while ((await connection.write((unit) => endSession(unit, session.s, closeBatch))).more) {
          await new Promise<void>((resolve) => this.#settings.env.immediate(resolve))
        }
      }
    } finally {
      connection.close()
    }
  }

  /** Answer from the record when this call was made before; else do it, and record the answer in the same transaction. */
  async #once<Answer>(
    call: Call,
    verb: Verb,
    work: (unit: Unit) => Answer,
    toRecord: (answer: Answer) => Stored,
    fromRecord: (record: Stored) => Answer,
  ): Promise<Answer> {
    const { connection, session } = this.#opened()
    return connection.write((unit) => {
      const record = recall(unit.sql, session.s, call, verb)
      if (record !== undefined) return fromRecord(record)
      const answer = work(unit)
      remember(unit, session.s, call, verb, toRecord(answer))
      return answer
    })
  }

  #opened(): { connection: Connection; session: Session; waiting: Waiting } {
    const [connection, session, waiting] = [this.#connection, this.#session, this.#waiting]
    if (connection === undefined || session === undefined || waiting === undefined) {
      throw new FiberWorkError(
        'FW_DRIVER_CLOSED',
        `The SQLite driver of ${this.#settings.path} was used before open() or after close().`,
      )
    }
    return { connection, session, waiting }
  }
}

const nothing = (): Reserved => ({ jobs: [], broken: [] })

const revoked = ({ name }: Session): FiberWorkError =>
  new FiberWorkError('FW_LEASE_REVOKED', `The session ${name} was taken back; open a new one.`)
