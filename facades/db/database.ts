import { emit } from '../../src/base/emit.ts'
import type { Env } from '../../src/base/env.ts'
import type { Connection } from './connection.ts'
import { asDbError } from './errors.ts'
import type { ConnectionSettings } from './options.ts'
import { Pool } from './pool.ts'
import { type Statement, Statements } from './statements.ts'
import { type Target, targetOf } from './target.ts'
import type { Task } from './task.ts'
import type { Answer, Dialect } from './wire.ts'

const waitedMsTold = 1_000
const closeGraceMs = 5_000

/** One database with its pool. */
export class Database {
  readonly name: string
  readonly env: Env
  readonly settings: ConnectionSettings
  readonly target: Target
  readonly dialect: Dialect
  readonly statements = new Statements()
  readonly pool: Pool

  constructor(name: string, settings: ConnectionSettings, env: Env) {
    this.name = name
    this.env = env
    this.settings = settings
    this.target = targetOf(settings.url)
    this.dialect = this.target.dialect(settings, env)
    // What lives in memory is one connection's.
    const poolMax = this.target.place === ':memory:' ? 1 : (settings.poolMax ?? this.target.poolMax)
    const idleMs = this.target.place === ':memory:' ? Infinity : settings.idleMs
    this.pool = new Pool(this.dialect, { ...settings, name, poolMax, idleMs }, env)
  }

  /** One statement on a connection that nobody else has meanwhile. */
  async run(task: Task, statement: Statement): Promise<Answer> {
    const connection = this.pool.free() ?? (await this.take(task))
    try {
      task.onStop = () => connection.interrupt()
      return await connection.run(statement)
    } catch (error) {
      this.blame(connection, error)
      throw error
    } finally {
      task.onStop = undefined
      this.pool.give(connection)
    }
  }

  /** A connection; whoever takes it gives it back. Rejects with why the task was stopped. */
  async take(task: Task): Promise<Connection> {
    const startedMs = this.env.monoMs()
    let failed: { error: unknown } | undefined
    try {
      const connection = this.pool.free() ?? (await this.#wait(task))
      if (task.stopped === undefined) return connection
      this.pool.give(connection)
      throw task.stopped.error
    } catch (error) {
      failed = { error: this.asError(error) }
      throw failed.error
    } finally {
      const waitedMs = this.env.monoMs() - startedMs
      if (waitedMs >= waitedMsTold || failed !== undefined) {
        emit('db.waited', () => ({ job: task.job, connection: this.name, waitedMs, error: failed?.error }))
      }
    }
  }

  /** What the server says before it hangs up: the next statement would only find out anew. */
  blame(connection: Connection, error: unknown): void {
    if (!connection.wire.broken && this.dialect.judge(error).kind === 'unreachable') connection.wire.destroy()
  }

  asError(error: unknown): unknown {
    return asDbError(this.name, error, (error) => this.dialect.judge(error))
  }

  async close(): Promise<void> {
    await this.pool.close(closeGraceMs)
    await this.dialect.close()
  }

  async #wait(task: Task): Promise<Connection> {
    try {
      return await this.pool.wait((waiter) => {
        task.onStop = () => {
          this.pool.leave(waiter)
          waiter.reject(task.stopped?.error)
        }
      })
    } finally {
      task.onStop = undefined
    }
  }
}
