import type { Tables } from './tables.ts'

/** What a column holds, as the client gives it. */
export type Cell = null | number | string
export type Row = Cell[]

/** Statements on one connection, inside a transaction: on ours, or the one that a user's transaction runs on. */
export interface Sql {
  readonly t: Tables
  /**
   * Behind what is read to be changed. Ours read what is committed, under the lock of the queue; a user's transaction may see
   * an older state of things, locking reads aside.
   */
  readonly lock: '' | ' for update'
  /** A text as a literal of this connection. */
  text(value: string): string
  /** Runs the statements in their order, as few trips as possible; the rows of each (none of one that changes something). */
  run(statements: readonly string[]): Promise<Row[][]>
}

/** By their meaning under the `sql_mode` that our connections set. */
export const quoted = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`

/** Whatever the `sql_mode` and the character set are. */
export const hex = (value: string): string => (value === '' ? "''" : `x'${Buffer.from(value).toString('hex')}'`)

export const orNull = (value: number | undefined): string => (value === undefined ? 'null' : String(value))

/** The server's clock in whole milliseconds since 1970, whatever the time zone of the session. */
export const clock = "(timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000)"

/** A column of bytes, of which we know that they are text. */
export const asText = (column: string): string => `convert(${column} using utf8mb4)`
