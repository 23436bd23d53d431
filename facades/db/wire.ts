import type { Statement } from './statements.ts'

export type Row = Record<string, unknown>

/** What a statement came to. */
export interface Answer {
  rows: Row[]
  /** Rows that it inserted, changed or deleted; of one that only reads, how many it answered. */
  affected: number
  /** MySQL, SQLite: the id that the database gave to (the first of) what was inserted. */
  insertId: number | bigint | undefined
}

/** A large result that is read bit by bit. */
export interface Cursor {
  /** The next ones; none at the end. */
  read(): Promise<Row[]>
  /** Whether the end has come or not; the wire is free after it. */
  close(): Promise<void>
}

/** One connection as its client has it; one thing at a time. Called outside of all jobs only. */
export interface Wire {
  /** The client's own connection. */
  readonly native: unknown
  /** It is of no use any more. */
  readonly broken: boolean
  /** It broke while nobody was using it, or while somebody was. */
  onBroken: () => void
  /** Whether a transaction is open, and whether it can still commit, as far as the client can tell without asking. */
  readonly state: 'idle' | 'open' | 'failed'
  /** It wants a `reset`, for reasons of its own. */
  readonly stained: boolean
  run(statement: Statement): Promise<Answer>
  cursor(statement: Statement, rowsMax: number): Promise<Cursor>
  /** Tell the server to end the statement that runs; resolves when it has been told. */
  cancel(): Promise<void>
  /** Resolves when the connection answers, and nothing is left of a cancelled statement. */
  probe(): Promise<void>
  /** Everything that statements may have left in the session is gone after it. */
  reset(): Promise<void>
  /** Whether it keeps the process alive. */
  hold(alive: boolean): void
  /** Politely. */
  end(): Promise<void>
  /** At once. */
  destroy(): void
}

export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable'

export interface BeginOptions {
  isolation?: Isolation
  readOnly?: boolean
}

/** What one kind of database is like. */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgres' | 'mysql'
  /** Two statements that differ in their place may be under way on one connection: a cursor, and others between its reads. */
  readonly cursorsBeside: boolean
  /** Connects; `FW_DRIVER_MISSING`, and what the client throws. */
  connect(): Promise<Wire>
  /** The statements that begin a transaction. */
  begin(options: BeginOptions): string[]
  /** What is undone at the end of such a transaction. */
  after(options: BeginOptions): string[]
  /** What an error of the client means. */
  judge(error: unknown): Judgement
  /** Closes what it keeps beside its connections. */
  close(): Promise<void>
}

export interface Judgement {
  kind: 'failed' | 'conflict' | 'unreachable' | 'timeout'
  /** The client's or the server's own code: `23505`, `ER_DUP_ENTRY`. */
  code: string
  message: string
  /** The server has rolled the whole transaction back, and takes what comes next as if there had been none. */
  ended: boolean
}
