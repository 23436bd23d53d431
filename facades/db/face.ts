import type { Kysely } from 'kysely'
import type { DbOptions } from './options.ts'
import type { Answer, Isolation, Row } from './wire.ts'

declare module '../../src/contract/transaction.ts' {
  interface TransactionFace extends Db {}
}

/** Any table with any columns: where no schema is given. */
export type AnySchema = Record<string, Record<string, unknown>>

export interface StatementOptions {
  /** It may take this long, the wait for a connection included; `FW_CALL_TIMEOUT` then. `statementTimeoutMs` by default. */
  timeoutMs?: number
  /** Ends it, besides the job's own signal, which needs no mention. */
  signal?: AbortSignal
  /** Take a prepared statement; by default what the connection says. */
  prepare?: boolean
  /** It only reads: ask a read-only copy, where there is one that answers. Never in a transaction. */
  replica?: boolean
}

export interface StreamOptions extends Pick<StatementOptions, 'signal' | 'replica'> {
  /** All of it may take this long; without a limit of its own by default: the job's timeout holds. */
  timeoutMs?: number
  /** Rows that are here at a time; 100 by default. */
  rowsMax?: number
}

export interface TransactionOptions {
  isolation?: Isolation
  /** What writes is refused. */
  readOnly?: boolean
  /** The name of another connection than this one's. */
  connection?: string
  /** Run it again, so often, when the database gives it up for another one (`FW_DB_CONFLICT`). 0 by default. */
  retries?: number
  /** Ends it, besides the job's own signal. */
  signal?: AbortSignal
  /** Undo it at its end, whatever comes of it: for tests. */
  rollBack?: boolean
}

type Readers = 'selectFrom' | 'selectNoFrom' | 'with' | 'withRecursive' | 'withSchema' | 'fn' | 'case' | 'dynamic'
type Writers = 'insertInto' | 'replaceInto' | 'updateTable' | 'deleteFrom' | 'mergeInto'

/** What reads. */
export interface DbReader<Schema> extends Pick<Kysely<Schema>, Readers> {
  /**
   * The rows of a statement. Placeholders are those of the database: `$1` (Postgres), `?`. In a job it ends with the job, and the server is
   * told to end it. Throws `FW_DB_FAILED`, `FW_DB_CONFLICT`, `FW_DB_UNREACHABLE`, `FW_DB_BUSY`, `FW_CALL_TIMEOUT`, `FW_CONFIG_INVALID`,
   * `FW_DRIVER_MISSING`, `FW_JOB_SETTLED`, and why the job was told to stop.
   */
  query<R extends object = Row>(sql: string, params?: readonly unknown[], options?: StatementOptions): Promise<R[]>
  /**
   * The rows of a large result, one after the other, as they are asked for. Its connection goes back when the loop ends, whatever way, and when
   * the job does. Throws what `query` throws.
   */
  stream<R extends object = Row>(
    sql: string,
    params?: readonly unknown[],
    options?: StreamOptions,
  ): AsyncGenerator<R, void>
  /** All of Kysely, for what has no method here: `schema`, plugins, `introspection`. */
  readonly builder: Kysely<Schema>
}

/** A database, as a job sees it: its own transaction, its tenant's connection. Works outside of jobs too. */
export interface Db<Schema = AnySchema> extends DbReader<Schema>, Pick<Kysely<Schema>, Writers> {
  /** As `query`, with what a statement that writes came to. */
  run<R extends object = Row>(
    sql: string,
    params?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Omit<Answer, 'rows'> & { rows: R[] }>
  /**
   * Run `work` in a transaction: every call of `Db` to the same database below it, here and after each await, is part of it. It commits when
   * `work` returns, and is undone when it throws, when the job is told to stop, and at the latest at the job's end. One inside of another is a
   * savepoint. Throws what `work` and `query` throw; `FW_DB_UNWRITTEN` after a commit.
   */
  transaction<T>(work: (tx: Db<Schema>) => Promise<T> | T, options?: TransactionOptions): Promise<T>
  /** Another one of the connections, whatever the tenant. */
  on<Other = Schema>(connection: string): Db<Other>
  /** The read-only copies of the connection; itself where it has none, or none that answers, and in a transaction. */
  read(): DbReader<Schema>
  /** The same, with the tables that there are. */
  typed<Other>(): Db<Other>
}

/** A `Db` of one's own, or the process's. */
export interface OwnDb<Schema = AnySchema> extends Db<Schema> {
  /** Say what there is to connect to (a URL is the default connection); before the first call. What was open is closed. Throws `FW_CONFIG_INVALID`. */
  configure(options: string | DbOptions): void
  /** Closes all connections, when those who use them have ended, at most 5 s later. It can be used again. */
  close(): Promise<void>
}
