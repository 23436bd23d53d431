/**
 * An open transaction of the user's, as whoever writes jobs sees it: a driver whose jobs live in the same database writes them in it,
 * all others wait for its commit.
 */
export interface OpenTransaction {
  readonly dialect: 'sqlite' | 'postgres' | 'mysql'
  /** The database it is in: the absolute path of a SQLite file, `host:port/database` of a server. */
  readonly place: string
  /** In its turn among the statements of the transaction. Placeholders are those of the database. */
  query(sql: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Work on the client's own connection, with nobody else at it: a `DatabaseSync`, a pg `Client`, a mysql2 promise connection. */
  alone<T>(work: (connection: unknown) => T | Promise<T>): Promise<T>
  /**
   * Runs right after the commit, before `Db.transaction` answers; never when the transaction, or the savepoint that is open now, is
   * rolled back. Throws `FW_DB_FAILED` when it has ended.
   */
  afterCommit(run: () => Promise<void>): void
}

/** The same as the calls below see it that are made in it. */
export interface CarriedTransaction extends OpenTransaction {
  /** The transaction that this is a savepoint of, or itself. */
  readonly root: OpenTransaction
  /**
   * Runs in it as the last thing before it commits, in the order of the calls; never when it, or the savepoint that is open now, is
   * rolled back. What it throws rolls it back. Throws `FW_DB_FAILED` when it has ended.
   */
  beforeCommit(run: () => Promise<void>): void
}

/** How a transaction is run. */
export interface TransactionTries {
  isolation?: 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable'
  /** Run it again, so often, when the database gives it up for another one (`FW_DB_CONFLICT`). 0 by default. */
  retries?: number
  /** Ends it, besides the job's own signal. */
  signal?: AbortSignal
}

/** Runs work in a transaction: `Db`, or what `createDb` answers. `Tx` is what the work sees of it. */
export interface Transactor<Tx> {
  transaction<T>(work: (tx: Tx) => Promise<T> | T, options?: TransactionTries): Promise<T>
}

/** What the work sees of a transaction of the process's `Db`: that facade says it (facades/db/face.ts). */
export interface TransactionFace {}
