/** What can be bound. Numbers are bound as doubles; the columns' types make integers of them. */
export type Value = null | number | string | Uint8Array

/** Statements on one connection: ours, or the one that a user's transaction runs on. */
export interface Sql {
  /** All rows, each an array of its columns. */
  all<Row extends unknown[]>(text: string, ...values: Value[]): Row[]
  get<Row extends unknown[]>(text: string, ...values: Value[]): Row | undefined
  /** How many rows it changed. */
  run(text: string, ...values: Value[]): number
}

/** The least that a SQLite client's statement can do: `node:sqlite`, better-sqlite3 and those that look like them. */
export interface GuestStatement {
  all(...values: unknown[]): unknown[]
  get(...values: unknown[]): unknown
  run(...values: unknown[]): unknown
}

export interface Guest {
  prepare(sql: string): GuestStatement
}

/** Statements on somebody else's connection, prepared once for as long as that connection lives. */
export class GuestSql implements Sql {
  readonly #guest: Guest
  readonly #statements = new Map<string, GuestStatement>()

  constructor(guest: Guest) {
    this.#guest = guest
  }

  all<Row extends unknown[]>(text: string, ...values: Value[]): Row[] {
    return this.#statement(text)
      .all(...values)
      .map((row) => columns<Row>(row))
  }

  get<Row extends unknown[]>(text: string, ...values: Value[]): Row | undefined {
    const row = this.#statement(text).get(...values)
    return row === undefined || row === null ? undefined : columns<Row>(row)
  }

  run(text: string, ...values: Value[]): number {
    return Number((this.#statement(text).run(...values) as { changes: number | bigint }).changes)
  }

  #statement(text: string): GuestStatement {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#guest.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

/** A row may come as an array or as an object, whose keys stand in the order of the columns. */
function columns<Row extends unknown[]>(row: unknown): Row {
  const values = Array.isArray(row) ? row : Object.values(row as object)
  return values.map((value) => (typeof value === 'bigint' ? Number(value) : value)) as Row
}
