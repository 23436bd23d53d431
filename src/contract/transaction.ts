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
