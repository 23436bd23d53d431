import { emit, heard } from '../../src/base/emit.ts'
import type { Env } from '../../src/base/env.ts'
import type { Connection } from './connection.ts'
import { Deadlines } from './deadlines.ts'
import { asDbError } from './errors.ts'
import type { ConnectionSettings } from './options.ts'
import { Pool, type Waiter } from './pool.ts'
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
  readonly statements: Statements
  readonly deadlines: Deadlines
  readonly pool: Pool

  constructor(name: string, settings: ConnectionSettings, env: Env) {
    this.name = name
    this.env = env
    this.settings = settings
    this.statements = new Statements(name)
    this.deadlines = new Deadlines(env, settings.statementTimeoutMs)
    this.target = targetOf(settings.url)
    this.dialect = this.target.dialect(settings, env)
    // What lives in memory is one connection's.
    const poolMax = this.target.place === ':memory:' ? 1 : (settings.poolMax ?? this.target.poolMax)
    const idleMs = this.target.place === ':memory:' ? Infinity : settings.idleMs
    this.pool = new Pool(this.dialect, { ...settings, name, poolMax, idleMs }, env)
  }

  /** One statement for a task that may try others. Called outside of all jobs; `Asking` is the way of most. */
  async run(task: Task, statement: Statement): Promise<Answer> {
    const connection = await this.take(task)
    task.onStop = () => connection.interrupt()
    try {
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
  take(task: Task): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        waitUntilMs: 0,
        gone: false,
        granted: (connection) => {
          task.onStop = undefined
          this.waited(task, undefined)
          if (task.stopped === undefined) return resolve(connection)
          this.pool.give(connection)
          reject(task.stopped.error)
        },
        refused: (error) => {
          task.onStop = undefined
          this.waited(task, error)
          reject(this.asError(error))
        },
      }
      task.onStop = () => {
        this.pool.leave(waiter)
        waiter.refused(task.stopped?.error)
      }
      const connection = this.pool.free()
      if (connection === undefined) this.pool.wait(waiter)
      else waiter.granted(connection)
    })
  }

  /** Told of waits that were long, or in vain. */
  waited(task: Task, error: unknown): void {
    if (error === undefined && !heard('db.waited')) return
    const waitedMs = this.env.monoMs() - task.startedMs
    if (waitedMs < waitedMsTold && error === undefined) return
    emit('db.waited', () => ({ job: task.job, connection: this.name, waitedMs, error }))
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
}
