import type { Kysely } from 'kysely'
import { outside } from '../../src/sandbox/storage.ts'
import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { Asking } from './asking.ts'
import { builderOf, type BuilderRoot, type BuilderTransaction } from './builder.ts'
import type { Database } from './database.ts'
import { Databases } from './databases.ts'
import type { AnySchema, Db, DbReader, OwnDb, StatementOptions, StreamOptions, TransactionOptions } from './face.ts'
import { checkNames, type DbOptions, invalid, known, optionsOf } from './options.ts'
import { control } from './statements.ts'
import { Reading } from './stream.ts'
import { Task, type TaskLimits } from './task.ts'
import { Held, transact } from './transact.ts'
import { Transaction } from './transaction.ts'
import type { Answer, BeginOptions, Dialect, Row } from './wire.ts'

/** What a face is bound to. */
interface Binding {
  connection?: string
  replica?: boolean
  transaction?: Transaction
}

/** Where a call goes. */
interface Route {
  database: Database
  transaction: Transaction | undefined
}

const noOptions: StatementOptions = {}
const sharedLimits: TaskLimits = { timeoutMs: 'shared', signal: undefined }

class Face<Schema> implements OwnDb<Schema> {
  readonly #places: Databases
  readonly #binding: Binding
  readonly #builders = new Map<Dialect['kind'], Kysely<Schema>>()

  constructor(places: Databases, binding: Binding) {
    this.#places = places
    this.#binding = binding
  }

  query<R extends object = Row>(sql: string, params?: readonly unknown[], options?: StatementOptions): Promise<R[]> {
    return this.#run(undefined, sql, params, options, true) as unknown as Promise<R[]>
  }

  run<R extends object = Row>(
    sql: string,
    params?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Omit<Answer, 'rows'> & { rows: R[] }> {
    return this.#run(undefined, sql, params, options) as unknown as Promise<Omit<Answer, 'rows'> & { rows: R[] }>
  }

  async *stream<R extends object = Row>(
    sql: string,
    params?: readonly unknown[],
    options?: StreamOptions,
  ): AsyncGenerator<R, void> {
    for await (const rows of this.#stream(this.#route(), sql, params, options)) yield* rows as R[]
  }

  async transaction<T>(work: (tx: Db<Schema>) => Promise<T> | T, options: TransactionOptions = {}): Promise<T> {
    checkNames('Db.transaction', options, known.transaction)
    const { connection, ...rest } = options
    const { database, transaction } = connection === undefined ? this.#route() : this.#routeTo(connection)
    const run = (transaction: Transaction) => work(new Face<Schema>(this.#places, { transaction }))
    return transact(database, transaction, run, rest)
  }

  on<Other = Schema>(connection: string): Db<Other> {
    return new Face<Other>(this.#places, { connection })
  }

  read(): DbReader<Schema> {
    return new Face<Schema>(this.#places, { ...this.#binding, replica: true })
  }

  typed<Other>(): Db<Other> {
    return this as unknown as Db<Other>
  }

  configure(options: string | DbOptions): void {
    this.#builders.clear()
    this.#places.configure(optionsOf(options))
  }

  close(): Promise<void> {
    return outside(() => this.#places.close())
  }

  get builder(): Kysely<Schema> {
    const { kind } = this.#route().database.dialect
    let builder = this.#builders.get(kind)
    if (builder === undefined) this.#builders.set(kind, (builder = builderOf<Schema>(kind, this.#root(kind))))
    return builder
  }

  get selectFrom(): Kysely<Schema>['selectFrom'] {
    return bound(this.builder, 'selectFrom')
  }
  get selectNoFrom(): Kysely<Schema>['selectNoFrom'] {
    return bound(this.builder, 'selectNoFrom')
  }
  get insertInto(): Kysely<Schema>['insertInto'] {
    return bound(this.builder, 'insertInto')
  }
  get replaceInto(): Kysely<Schema>['replaceInto'] {
    return bound(this.builder, 'replaceInto')
  }
  get updateTable(): Kysely<Schema>['updateTable'] {
    return bound(this.builder, 'updateTable')
  }
  get deleteFrom(): Kysely<Schema>['deleteFrom'] {
    return bound(this.builder, 'deleteFrom')
  }
  get mergeInto(): Kysely<Schema>['mergeInto'] {
    return bound(this.builder, 'mergeInto')
  }
  get with(): Kysely<Schema>['with'] {
    return bound(this.builder, 'with')
  }
  get withRecursive(): Kysely<Schema>['withRecursive'] {
    return bound(this.builder, 'withRecursive')
  }
  get withSchema(): Kysely<Schema>['withSchema'] {
    return bound(this.builder, 'withSchema')
  }
  get case(): Kysely<Schema>['case'] {
    return bound(this.builder, 'case')
  }
  get fn(): Kysely<Schema>['fn'] {
    return this.builder.fn
  }
  get dynamic(): Kysely<Schema>['dynamic'] {
    return this.builder.dynamic
  }

  #route(): Route {
    const fixed = this.#binding.transaction
    if (fixed === undefined) return this.#routeTo(this.#binding.connection)
    // Inside of a savepoint, whoever speaks to the transaction around it speaks to the savepoint.
    const inner = carriedOf(fixed.database)
    return { database: fixed.database, transaction: fixed.holds(inner) ? inner : fixed }
  }

  #routeTo(connection: string | undefined): Route {
    const database = this.#places.of(connection)
    return { database, transaction: carriedOf(database) }
  }

  /** The answer, or its rows alone: one async function more for each of ten thousand can be felt. */
  async #run(
    route: Route | undefined,
    sql: string,
    params?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Answer>
  async #run(
    route: Route | undefined,
    sql: string,
    params: readonly unknown[] | undefined,
    options: StatementOptions | undefined,
    rowsOnly: true,
  ): Promise<Row[]>
  async #run(
    route: Route | undefined,
    sql: string,
    params: readonly unknown[] = [],
    options: StatementOptions = noOptions,
    rowsOnly?: true,
  ): Promise<Answer | Row[]> {
    if (options !== noOptions) checkNames('A statement', options, known.statement)
    const { database, transaction } = route ?? this.#route()
    const statement = database.statements.of(sql, params, options.prepare ?? database.settings.prepare)
    const { timeoutMs = 'shared', signal } = options
    const limits: TaskLimits = options === noOptions ? sharedLimits : { timeoutMs, signal }
    const replicas = transaction === undefined ? this.#replicas(database, options) : undefined
    const usual =
      transaction === undefined && replicas === undefined ? new Asking(database, statement, limits) : undefined
    const task = usual ?? new Task(database, statement.text.shown, statement.text.label, limits)
    try {
      const answer = await (usual !== undefined
        ? outside(() => usual.spanned(() => usual.start()))
        : task.run(
            transaction !== undefined
              ? () => transaction.run(statement, task)
              : () => replicas!.any(task, (copy) => copy.run(task, statement)),
          ))
      task.end(undefined, answer.affected)
      return rowsOnly === true ? answer.rows : answer
    } catch (error) {
      const shown = task.stopped?.error === error ? error : database.asError(error)
      task.end(shown)
      throw shown
    }
  }

  async *#stream(
    { database, transaction }: Route,
    sql: string,
    params: readonly unknown[] = [],
    options: StreamOptions = {},
  ): AsyncGenerator<Row[], void> {
    checkNames('A stream', options, known.stream)
    const { rowsMax = 100 } = options
    const statement = database.statements.of(sql, params)
    const { shown, label } = statement.text
    const task = new Task(database, shown, label, { timeoutMs: options.timeoutMs, signal: options.signal })
    const reading = new Reading(task)
    let failed: unknown
    try {
      const replicas = this.#replicas(database, options)
      if (transaction !== undefined) await reading.openWithin(transaction, statement, rowsMax)
      else if (replicas === undefined) await reading.open(database, statement, rowsMax)
      else await replicas.any(task, (copy) => reading.open(copy, statement, rowsMax))
      for (let rows = await reading.read(); rows.length > 0; rows = await reading.read()) yield rows
    } catch (error) {
      failed = task.stopped?.error === error ? error : database.asError(error)
      throw failed
    } finally {
      await reading.close()
      task.end(failed, reading.rows)
    }
  }

  #replicas(database: Database, { replica = this.#binding.replica }: StatementOptions) {
    return replica === true ? this.#places.replicasOf(database) : undefined
  }

  /** What the builder speaks to. It was made for one kind of database; a tenant may have another. */
  #root(kind: Dialect['kind']): BuilderRoot {
    const route = (): Route => {
      const route = this.#route()
      if (route.database.dialect.kind === kind) return route
      throw invalid(`A query that was built for ${kind} was run against ${route.database.dialect.kind}.`)
    }
    return {
      run: async (sql, params) => this.#run(route(), sql, params),
      stream: (sql, params, rowsMax) => this.#stream(route(), sql, params, { rowsMax }),
      begin: async (options) => this.#begin(route(), options),
    }
  }

  async #begin({ database, transaction }: Route, options: BeginOptions): Promise<BuilderTransaction> {
    const held = await Held.begin(database, transaction, options)
    const within = { database, transaction: held.transaction }
    const end = async (work: Promise<void>): Promise<void> => {
      try {
        await work
        held.end(undefined)
      } catch (error) {
        held.end(error)
        throw error
      }
    }
    return {
      run: (sql, params) => this.#run(within, sql, params),
      stream: (sql, params, rowsMax) => this.#stream(within, sql, params, { rowsMax }),
      savepoint: (sql) => outside(() => held.transaction.run(control(sql))),
      commit: () => end(held.commit()),
      rollback: () => end(held.rollback()),
    }
  }
}

/** The innermost of the caller's transactions that is in this database. */
function carriedOf(database: Database): Transaction | undefined {
  for (const one of carriedTransactions()) if (one instanceof Transaction && one.database === database) return one
  return undefined
}

function bound<O extends object, K extends keyof O>(object: O, name: K): O[K] {
  const method = object[name]
  return typeof method === 'function' ? (method.bind(object) as O[K]) : method
}

/** Databases of one's own, apart from the process's; a URL is the default connection. Throws `FW_CONFIG_INVALID`. */
export function createDb<Schema = AnySchema>(options: string | DbOptions = {}): OwnDb<Schema> {
  return new Face<Schema>(new Databases(optionsOf(options)), {})
}
