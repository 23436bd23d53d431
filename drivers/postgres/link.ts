import { sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { Bell, type Rang } from './bell.ts'
import type { Row } from './connection.ts'
import { isConflict } from './errors.ts'
import { migrate } from './migrate.ts'
import type { Settings } from './options.ts'
import { Pool } from './pool.ts'
import { factsOf, type ServerFacts } from './server.ts'
import { type Argument, type FunctionName, statementOf, valuesOf } from './statements.ts'

/** A deadlock is settled by whoever gives in: so often at once, then the caller hears of it. */
const conflictsMax = 5
const conflictPauseMs = 20

interface Open {
  pool: Pool
  bell: Bell
  facts: Promise<ServerFacts>
  prepared: Promise<void> | undefined
  warm: boolean
}

/** Verdicts for a loan that nobody ever had: stale, and planned all the same. */
const nothingToSettle = valuesOf(['{0}', '{0}', '{0}', 'd', null, '{}'])

/**
 * The way to one schema, for all drivers of a process: a few connections for calls and one that listens, whatever the number of queues,
 * clients and workers. They are made when they are needed, and made anew when they break.
 */
export class Link {
  readonly settings: Settings
  readonly #statements = new Map<FunctionName, string>()
  #open: Open | undefined
  #holders = 0

  constructor(settings: Settings) {
    this.settings = settings
  }

  /**
   * Connects, and says what the server is like; fails now rather than later. Once for each driver, and `close` as often: the last one
   * closes.
   */
  async open(): Promise<ServerFacts> {
    this.#holders++
    const open = (this.#open ??= this.#begin())
    try {
      return await open.facts
    } catch (error) {
      if (this.#open === open) this.#open = undefined
      this.close()
      open.pool.close()
      throw error
    }
  }

  /** The tables and functions are there, and none that are newer than this release knows. Looked at once. */
  prepare(): Promise<void> {
    const open = this.#opened()
    open.prepared ??= migrate(this.settings, (text, values) => open.pool.query(text, values, 'prepare')).catch(
      (error: unknown) => {
        open.prepared = undefined
        throw error
      },
    )
    return open.prepared
  }

  /** One of our functions, in a transaction of its own. The answer is what its JSON says. */
  async call(name: FunctionName, args: readonly Argument[]): Promise<unknown> {
    const answer = await this.text(name, args)
    return answer === null ? undefined : JSON.parse(answer)
  }

  /** The same, for answers that are no JSON. */
  async text(name: FunctionName, args: readonly Argument[]): Promise<string | null> {
    const values = valuesOf(args)
    for (let conflicts = 0; ; conflicts++) {
      try {
        const [row] = await this.#opened().pool.query(this.statement(name), values, name)
        return row!['answer'] as string | null
      } catch (error) {
        const { cause } = error as Error
        if (!isConflict(cause) || conflicts >= conflictsMax) throw error
        await sleep(this.settings.env, conflictPauseMs * 2 ** conflicts * this.settings.env.random())
      }
    }
  }

  /**
   * Beside the first reserve: the first settle of a connection takes the server some 50 ms, for plans, and the next one 2. On a busy machine
   * that is more than a verdict may take under a short lease, and to repeat it on another new connection helps nobody.
   */
  warm(): void {
    const open = this.#open
    if (open === undefined || open.warm) return
    open.warm = true
    const text = this.statement('settle_within')
    for (let n = 0; n < this.settings.connections; n++) {
      // What is wrong with a connection, those who need it will hear.
      open.pool.query(text, nothingToSettle, 'settle').catch(() => {})
    }
  }

  /** For what is no function of ours: gauges. */
  query(text: string, values: readonly unknown[], verb: string): Promise<Row[]> {
    return this.#opened().pool.query(text, values, verb)
  }

  statement(name: FunctionName): string {
    let statement = this.#statements.get(name)
    if (statement === undefined) {
      statement = statementOf(this.settings.schema, name)
      this.#statements.set(name, statement)
    }
    return statement
  }

  /** Calls `rang` when a bell rings. Answers, once it is heard, what ends it. */
  hear(rang: Rang): Promise<() => void> {
    return this.#opened().bell.hear(rang)
  }

  close(): void {
    if (this.#holders === 0 || --this.#holders > 0) return
    this.#open?.pool.close()
    this.#open?.bell.close()
    this.#open = undefined
  }

  #begin(): Open {
    const pool = new Pool(this.settings, this.settings.connections)
    return {
      pool,
      bell: new Bell(this.settings),
      facts: factsOf(pool, this.settings),
      prepared: undefined,
      warm: false,
    }
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError('FW_DRIVER_CLOSED', `${this.settings.place} is not open.`)
  }
}
