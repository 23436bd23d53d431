import type { CarriedTransaction } from '../../src/contract/transaction.ts'
import { DbError, ended } from './errors.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import type { Statement } from './statements.ts'
import type { Task } from './task.ts'
import { Turns } from './turns.ts'
import type { Answer, BeginOptions, Cursor } from './wire.ts'

/** A transaction, or a savepoint inside of one: statements on one connection, one after the other. */
export class Transaction implements CarriedTransaction {
  readonly database: Database
  readonly outer: Transaction | undefined
  readonly #depth: number
  readonly #options: BeginOptions
  readonly #turns = new Turns()
  #connection: Connection | undefined
  /** Why nothing more can be done in it. */
  #failed: { error: unknown } | undefined
  #open = true
  #ending: Promise<void> | undefined
  #beforehand: (() => Promise<void>)[] = []
  #afterwards: (() => Promise<void>)[] = []
  /** A cursor that has the connection to itself. */
  #cursor = false

  private constructor(database: Database, outer: Transaction | undefined, options: BeginOptions) {
    this.database = database
    this.outer = outer
    this.#depth = outer === undefined ? 0 : outer.#depth + 1
    this.#options = options
    this.#connection = outer === undefined ? undefined : outer.#connection
  }

  /** Runs outside of all jobs, as does all that follows. */
  static async begin(database: Database, task: Task, options: BeginOptions): Promise<Transaction> {
    const transaction = new Transaction(database, undefined, options)
    const connection = await database.take(task)
    transaction.#connection = connection
    try {
      for (const sql of database.dialect.begin(options)) {
        task.onStop = () => connection.interrupt()
        await connection.control(sql)
        if (task.stopped !== undefined) throw task.stopped.error
      }
      return transaction
    } catch (error) {
      transaction.#free()
      throw database.asError(error)
    } finally {
      task.onStop = undefined
    }
  }

  /** A savepoint: nothing else of the transaction around runs until it has ended. */
  static async within(outer: Transaction): Promise<Transaction> {
    await outer.#turns.enter()
    const transaction = new Transaction(outer.database, outer, {})
    try {
      await outer.#control(`savepoint ${transaction.#savepoint}`)
      return transaction
    } catch (error) {
      outer.#turns.leave()
      throw outer.database.asError(error)
    }
  }

  get dialect(): CarriedTransaction['dialect'] {
    return this.database.dialect.kind
  }

  get place(): string {
    return this.database.target.place
  }

  get open(): boolean {
    return this.#open && this.#failed === undefined
  }

  get root(): Transaction {
    return this.outer === undefined ? this : this.outer.root
  }

  /** It is this one, or one around it. */
  holds(other: Transaction | undefined): boolean {
    return other !== undefined && (other === this || this.holds(other.outer))
  }

  get options(): BeginOptions {
    return this.root.#options
  }

  get #savepoint(): string {
    return `fw_${this.#depth}`
  }

  async query(sql: string, params: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.run(this.database.statements.of(sql, params, this.database.settings.prepare))).rows
  }

  run(statement: Statement, task?: Task): Promise<Answer> {
    return this.#turns.do(() => this.#work((connection) => connection.run(statement), task))
  }

  alone<T>(work: (connection: unknown) => T | Promise<T>): Promise<T> {
    return this.#turns.do(() => this.#work(async ({ wire }) => work(wire.native)))
  }

  /** Reads large results: where the client allows, other statements run between two reads. */
  async cursor(statement: Statement, rowsMax: number, task: Task): Promise<Cursor> {
    const cursor = await this.#turns.do(() => this.#work((connection) => connection.cursor(statement, rowsMax), task))
    const { cursorsBeside } = this.database.dialect
    if (!cursorsBeside) this.#cursor = true
    const next = () => this.#work((connection) => connection.track(cursor.read()), task)
    const read = () => (cursorsBeside ? this.#turns.do(next) : this.#exclusively(next))
    const close = async () => {
      if (!cursorsBeside) this.#cursor = false
      if (this.#open) await (cursorsBeside ? this.#turns.do(() => cursor.close()) : cursor.close())
    }
    return { read, close }
  }

  /** The one who reads a cursor that bars all others. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#cursor = false
    try {
      return await work()
    } finally {
      this.#cursor = true
    }
  }

  afterCommit(run: () => Promise<void>): void {
    this.#check()
    this.#afterwards.push(run)
  }

  beforeCommit(run: () => Promise<void>): void {
    this.#check()
    this.#beforehand.push(run)
  }

  /** Does what is to be done before its commit; of a savepoint, that is done with all the rest. */
  async prepare(): Promise<void> {
    if (this.outer !== undefined) return void this.outer.#beforehand.push(...this.#beforehand.splice(0))
    for (let run = this.#beforehand.shift(); run !== undefined; run = this.#beforehand.shift()) await run()
  }

  /** Answers what is to be done now that it has committed. Throws what the database says; it is rolled back then. */
  async commit(): Promise<(() => Promise<void>)[]> {
    await this.#turns.enter()
    try {
      this.#check()
      if (this.#connection!.wire.state === 'failed') throw this.#refused()
      await this.#connection!.control(this.outer === undefined ? 'commit' : `release savepoint ${this.#savepoint}`)
    } catch (error) {
      const inDoubt = this.open && this.outer === undefined && this.#isLost(error)
      await this.rollback(error)
      throw inDoubt ? this.#doubt(error) : this.database.asError(error)
    }
    const afterwards = this.#afterwards
    this.#close()
    if (this.outer === undefined) return afterwards
    this.outer.#afterwards.push(...afterwards)
    return []
  }

  /** Bounded in time: a connection that does not come clean is closed, and the server rolls back by that. Idempotent. */
  rollback(why?: unknown): Promise<void> {
    this.#failed ??= { error: ended(this.database.name, why) }
    return (this.#ending ??= this.#open ? this.#rollback() : Promise.resolve())
  }

  /** It was told to stop: what runs is ended on the server, what comes is refused, and all is undone. */
  async abort(why: unknown): Promise<void> {
    if (!this.#open || this.#ending !== undefined) return this.#ending
    this.#failed = { error: why }
    return this.rollback(why)
  }

  async #rollback(): Promise<void> {
    const connection = this.#connection!
    // Something that nobody waits for runs in it still.
    if (connection.busy > 0) connection.interrupt()
    await connection.atRest()
    if (!(await this.#undone(connection))) this.#doom()
    this.#close()
  }

  /** A savepoint that cannot be undone takes the whole transaction with it; a transaction, its connection. */
  async #undone(connection: Connection): Promise<boolean> {
    if (this.outer === undefined) {
      // After an interrupt it has to come clean anyway, and a reset rolls back.
      if (connection.interrupted) return connection.cleaned()
      if (connection.wire.broken || connection.wire.state === 'idle') return true
      if (!(await connection.inTime(connection.control('rollback')))) connection.wire.destroy()
      return true
    }
    if (this.root.#ending !== undefined || connection.interrupted || connection.wire.broken) return false
    if (connection.wire.state === 'idle') return false
    return connection.inTime(connection.control(`rollback to savepoint ${this.#savepoint}`))
  }

  #doom(): void {
    if (this.outer === undefined) return
    this.outer.#failed ??= this.#failed
    this.outer.#doom()
  }

  #close(): void {
    if (!this.#open) return
    this.#open = false
    this.#beforehand = []
    this.#afterwards = []
    this.#failed ??= { error: ended(this.database.name) }
    if (this.outer === undefined) this.#free()
    else this.outer.#turns.leave()
    this.#connection = undefined
    this.#turns.leave()
  }

  #free(): void {
    const connection = this.#connection!
    const after = this.database.dialect.after(this.#options)
    this.#connection = undefined
    if (after.length === 0 || connection.wire.broken) return this.database.pool.give(connection)
    void Promise.all(after.map((sql) => connection.control(sql)))
      .catch(() => connection.wire.destroy())
      .finally(() => this.database.pool.give(connection))
  }

  async #work<T>(work: (connection: Connection) => Promise<T>, task?: Task): Promise<T> {
    this.#check()
    if (task?.stopped !== undefined) throw task.stopped.error
    const connection = this.#connection!
    connection.busy++
    // Of an interrupted statement nobody knows how far it came: the transaction is over with it.
    if (task !== undefined) task.onStop = () => (this.#fail(task.stopped?.error), connection.interrupt())
    try {
      return await work(connection)
    } catch (error) {
      this.database.blame(connection, error)
      if (connection.wire.broken || this.database.dialect.judge(error).ended) this.#fail(error)
      throw error
    } finally {
      connection.busy--
      if (task !== undefined) task.onStop = undefined
      if (this.#open && this.#ending === undefined && connection.wire.state === 'idle') this.#fail(undefined)
    }
  }

  #control(sql: string): Promise<Answer> {
    return this.#work((connection) => connection.control(sql))
  }

  /** The whole of it has ended on the server, with all levels around this one. */
  #fail(error: unknown): void {
    const why = new Error('a statement in it has ended it: COMMIT, ROLLBACK, or one that commits by itself')
    this.#failed ??= { error: error === undefined ? ended(this.database.name, why) : this.database.asError(error) }
    if (this.outer !== undefined) this.outer.#fail(error)
  }

  #check(): void {
    if (this.#failed !== undefined) throw this.#failed.error
    if (this.#cursor) {
      const message = `Db "${this.database.name}": a stream is being read in this transaction, and MySQL has one thing at a time on a connection; read it to its end first.`
      throw new DbError('FW_DB_FAILED', message, '')
    }
    if (this.outer !== undefined) this.outer.#check()
  }

  #isLost(error: unknown): boolean {
    return this.#connection!.wire.broken || this.database.dialect.judge(error).kind === 'unreachable'
  }

  #doubt(cause: unknown): unknown {
    const message = `Db "${this.database.name}": the connection was lost while the transaction committed; nobody knows whether it did.`
    return new DbError('FW_DB_UNREACHABLE', message, '', { cause })
  }

  #refused(): unknown {
    return new DbError(
      'FW_DB_FAILED',
      `Db "${this.database.name}": a statement in the transaction had failed, so it cannot commit; wrap what may fail in a transaction of its own.`,
      '25P02',
    )
  }
}
