import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import type { Waiter } from './pool.ts'
import type { Statement } from './statements.ts'
import type { Task } from './task.ts'
import type { Answer } from './wire.ts'

/** One statement on its way: to a connection of the pool, to the server, and back. The path of most calls: no promise too many. */
export class Asking implements Waiter {
  readonly #database: Database
  readonly #task: Task
  readonly #statement: Statement
  #connection: Connection | undefined = undefined
  #resolve: ((answer: Answer) => void) | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined
  untilMs = 0
  gone = false

  constructor(database: Database, task: Task, statement: Statement) {
    this.#database = database
    this.#task = task
    this.#statement = statement
  }

  start(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.#task.stopped !== undefined) return reject(this.#task.stopped.error)
      this.#task.rejects(reject)
      this.#task.onStop = () => this.#stop()
      const connection = this.#database.pool.free()
      if (connection === undefined) this.#database.pool.wait(this)
      else this.granted(connection)
    })
  }

  granted(connection: Connection): void {
    this.#database.waited(this.#task, undefined)
    if (this.#task.stopped !== undefined) return this.#database.pool.give(connection)
    this.#connection = connection
    connection.run(this.#statement).then(
      (answer) => {
        this.#resolve!(answer)
        this.#end(connection)
      },
      (error: unknown) => {
        this.#reject!(error)
        this.#database.blame(connection, error)
        this.#end(connection)
      },
    )
  }

  refused(error: unknown): void {
    this.#database.waited(this.#task, error)
    this.#reject!(error)
  }

  #end(connection: Connection): void {
    this.#connection = undefined
    this.#task.onStop = undefined
    this.#database.pool.give(connection)
  }

  #stop(): void {
    if (this.#connection !== undefined) return this.#connection.interrupt()
    this.#database.pool.leave(this)
    this.#database.waited(this.#task, this.#task.stopped!.error)
  }
}
