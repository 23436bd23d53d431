import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import type { Waiter } from './pool.ts'
import type { Statement } from './statements.ts'
import { Task, type TaskLimits } from './task.ts'
import type { Answer } from './wire.ts'

/**
 * One statement on its way: to a connection of the pool, to the server, and back. The path of most calls, of which ten thousand may be
 * under way: one object, and no promise too many.
 */
export class Asking extends Task implements Waiter {
  readonly #database: Database
  readonly #statement: Statement
  #connection: Connection | undefined = undefined
  #resolve: ((answer: Answer) => void) | undefined = undefined
  waitUntilMs = 0
  gone = false

  constructor(database: Database, statement: Statement, limits: TaskLimits) {
    const { shown, label } = statement.text
    super(database, shown, label, limits)
    this.#database = database
    this.#statement = statement
  }

  /** Called outside of all jobs. */
  start(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.stopped !== undefined) return reject(this.stopped.error)
      this.#resolve = resolve
      this.rejects(reject)
      const connection = this.#database.pool.free()
      if (connection === undefined) this.#database.pool.wait(this)
      else this.granted(connection)
    })
  }

  granted(connection: Connection): void {
    this.#database.waited(this, undefined)
    if (this.stopped !== undefined) return this.#database.pool.give(connection)
    this.#connection = connection
    connection.run(this.#statement).then(
      (answer) => {
        this.#resolve!(answer)
        this.#giveBack(connection)
      },
      (error: unknown) => {
        this.reject(error)
        this.#database.blame(connection, error)
        this.#giveBack(connection)
      },
    )
  }

  refused(error: unknown): void {
    this.#database.waited(this, error)
    this.reject(error)
  }

  protected override halted(): void {
    if (this.#connection !== undefined) return this.#connection.interrupt()
    if (this.#resolve === undefined) return
    this.#database.pool.leave(this)
    this.#database.waited(this, this.stopped!.error)
  }

  #giveBack(connection: Connection): void {
    this.#connection = this.#resolve = undefined
    this.#database.pool.give(connection)
  }
}
