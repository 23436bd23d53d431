import { sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { type Bell, bellOf } from './bell.ts'
import { Connection } from './connection.ts'
import { isConflict, toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'
import { QueueNames } from './queue-names.ts'
import type { ServerFacts } from './server.ts'
import { quoted, type Row, type Sql } from './sql.ts'
import { type Tables, tablesOf } from './tables.ts'
import { Unit } from './unit.ts'

/** A transaction that lost against another one begins anew, for so long. */
const conflictMsMax = 6_000
const conflictPauseMs = 20

/** The way to one database, for all drivers of a process: a few connections, made when they are needed, and anew when they break. */
export class Link {
  readonly t: Tables
  readonly settings: Settings
  readonly names: QueueNames
  readonly bell: Bell
  /** Of the newest connection. */
  facts: ServerFacts | undefined
  readonly #idle: Connection[] = []
  readonly #waiting: ((connection: Connection | undefined) => void)[] = []
  #count = 0
  #holders = 0

  constructor(settings: Settings) {
    this.settings = settings
    this.t = tablesOf(settings.prefix)
    this.names = new QueueNames(this.t)
    this.bell = bellOf(`${settings.place}/${settings.prefix}`)
  }

  /** Connects, and says what the server is like. Once for each driver, and `close` as often: the last one closes. */
  async open(): Promise<ServerFacts> {
    this.#holders++
    try {
      return await this.use('connect', async ({ facts }) => facts)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#holders === 0 || --this.#holders > 0) return
    const idle = this.#idle.splice(0)
    this.#count -= idle.length
    await Promise.all(idle.map((connection) => connection.close()))
  }

  /** Work on a connection that nobody else has meanwhile. */
  async use<T>(verb: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#holders === 0) {
      throw new FiberWorkError('FW_DRIVER_CLOSED', `${this.settings.place} is not open.`)
    }
    const connection = await this.#acquire()
    try {
      return await work(connection)
    } catch (error) {
      throw toFiberWorkError(error, { place: this.settings.place, verb })
    } finally {
      this.#release(connection)
    }
  }

  /** Each statement by itself, no transaction. */
  run(verb: string, statements: readonly string[]): Promise<Row[][]> {
    return this.use(verb, (connection) => connection.run(statements))
  }

  /** Reads of one moment after another, without a lock. */
  look<T>(verb: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.use(verb, (connection) => work(this.#sql((statements) => connection.run(statements))))
  }

  /**
   * One transaction. `work` may run again: after a deadlock or a lock wait nothing of it has happened..
   */
  async transact<T>(verb: string, work: (unit: Unit) => Promise<T>, queues: Iterable<string> = []): Promise<T> {
    const { env } = this.settings
    const untilMonoMs = env.monoMs() + conflictMsMax
    for (;;) {
      const isLast = env.monoMs() >= untilMonoMs
      const done = await this.use(verb, async (connection) => {
        await this.names.make(connection, queues)
        return this.#once(connection, work, isLast)
      })
      if (done !== 'conflict') return done.answer
      await sleep(env, conflictPauseMs * (0.5 + env.random()))
    }
  }

  async #once<T>(
    connection: Connection,
    work: (unit: Unit) => Promise<T>,
    isLast: boolean,
  ): Promise<{ answer: T } | 'conflict'> {
    let begun = false
    const unit = new Unit(
      this.#sql((statements) => {
        if (begun) return connection.run(statements)
        begun = true
        return connection.run(['start transaction', ...statements]).then((answers) => answers.slice(1))
      }),
    )
    try {
      const answer = await work(unit)
      if (begun) await connection.run(unit.discarded ? ['rollback'] : [...unit.flush(), 'commit'])
      if (unit.stirred) this.bell.ring()
      return { answer }
    } catch (error) {
      if (begun && !connection.broken) await connection.run(['rollback']).catch(() => connection.destroy())
      if (isConflict(error) && !isLast) return 'conflict'
      this.names.forget()
      throw error
    }
  }

  #sql(run: Sql['run']): Sql {
    return { t: this.t, lock: '', text: quoted, run }
  }

  async #acquire(): Promise<Connection> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.broken) return idle
      this.#count--
    }
    if (this.#count >= this.settings.connectionsMax) {
      const handed = await new Promise<Connection | undefined>((resolve) => this.#waiting.push(resolve))
      if (handed !== undefined) return handed
    } else this.#count++
    try {
      const connection = await Connection.open(this.settings)
      this.facts = connection.facts
      return connection
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  #release(connection: Connection): void {
    if (connection.broken) return this.#leave()
    const next = this.#waiting.shift()
    if (next !== undefined) next(connection)
    else if (this.#holders > 0) this.#idle.push(connection)
    else {
      this.#count--
      void connection.close()
    }
  }

  /** The place of a connection is free: whoever waits makes one of his own. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#count--
    else next(undefined)
  }
}
