import { outside } from '../../src/sandbox/storage.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import type { Statement } from './statements.ts'
import type { Task } from './task.ts'
import type { Transaction } from './transaction.ts'
import type { Cursor, Row } from './wire.ts'

/** A large result on its way: a few rows at a time are here, the rest waits on the server. */
export class Reading {
  readonly #task: Task
  #cursor: Cursor | undefined
  #connection: Connection | undefined
  #database: Database | undefined
  #closing: Promise<void> | undefined
  rows = 0

  constructor(task: Task) {
    this.#task = task
  }

  /** On a connection that it has to itself until it is closed. */
  open(database: Database, statement: Statement, rowsMax: number): Promise<void> {
    const task = this.#task
    // It may be the second try, after a copy that did not answer.
    this.#closing = this.#connection = this.#cursor = undefined
    return task.run(async () => {
      const connection = (this.#connection = await database.take(task))
      this.#database = database
      task.onStop = () => connection.interrupt()
      try {
        this.#cursor = await connection.cursor(statement, rowsMax)
      } finally {
        task.onStop = () => void this.close()
        if (task.stopped !== undefined || this.#cursor === undefined) await this.close()
      }
    })
  }

  /** Among the other statements of a transaction. */
  openWithin(transaction: Transaction, statement: Statement, rowsMax: number): Promise<void> {
    return this.#task.run(async () => {
      this.#cursor = await transaction.cursor(statement, rowsMax, this.#task)
      this.#task.onStop = () => void this.close()
    })
  }

  async read(): Promise<Row[]> {
    const task = this.#task
    const rows = await task.run(async () => {
      const connection = this.#connection
      if (connection === undefined) return this.#cursor!.read()
      task.onStop = () => {
        connection.interrupt()
        void this.close()
      }
      return connection.track(this.#cursor!.read())
    })
    task.onStop = () => void this.close()
    this.rows += rows.length
    return rows
  }

  /** Read to its end or not. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= outside(() => this.#close()))
  }

  async #close(): Promise<void> {
    const connection = this.#connection
    const cursor = this.#cursor
    if (connection === undefined) return cursor?.close().catch(() => undefined)
    if (cursor !== undefined && !connection.interrupted && !(await connection.inTime(cursor.close()))) {
      connection.wire.destroy()
    }
    this.#database!.pool.give(connection)
  }
}
