import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { resolve } from 'node:path'
import { sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { isBusy, isFull, toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'
import type { Sql, Value } from './sql.ts'
import { withHugeNumbers } from './huge-numbers.ts'
import { Unit } from './unit.ts'

/**
 * How long SQLite itself may sleep for a lock, blocking the event loop. Longer waits are ours, between turns of the loop.
 */
const busyBlockMs = 3

/**
 * WAL pages at which a commit also copies them back into the file. SQLite's 1,000 stalls that commit for 10 ms, 500 for
 * 5 ms, at the same CPU a job (README, "What was measured").
 */
const checkpointPages = 500

/** What a burst leaves of the `-wal` file once it has been copied back. */
const walBytesIdle = 16 * 1024 * 1024

/** One connection to the file: statements by their text, and transactions that wait for other writers without blocking. */
export class Connection implements Sql {
  readonly file: string
  /** Called after a transaction that others in this process may wait for. */
  onStirred: () => void = () => {}
  readonly #db: DatabaseSync
  readonly #settings: Settings
  readonly #statements = new Map<string, StatementSync>()

  /** @throws FW_CONNECT_FAILED FW_STORE_READONLY FW_STORE_CORRUPT */
  constructor(settings: Settings) {
    this.file = resolve(settings.path)
    this.#settings = settings
    try {
      this.#db = new DatabaseSync(this.file, { timeout: busyBlockMs, enableForeignKeyConstraints: false })
    } catch (error) {
      throw toFiberWorkError(error, this.file)
    }
  }

  /** Before anything else; apart from the constructor because it may have to wait for a lock. */
  async configure(): Promise<void> {
    const { durability, cacheBytes } = this.#settings
    await this.retry(() =>
      this.#db.exec(`
        pragma synchronous = ${durability};
        pragma wal_autocheckpoint = ${checkpointPages};
        pragma journal_size_limit = ${walBytesIdle};
        pragma cache_size = ${-Math.ceil(cacheBytes / 1024)};
        pragma temp_store = memory`),
    )
  }

  all<Row extends unknown[]>(text: string, ...values: Value[]): Row[] {
    const statement = this.#statement(text)
    try {
      return statement.all(...values) as unknown as Row[]
    } catch (error) {
      return withHugeNumbers(statement, text, error, () => statement.all(...values) as unknown as Row[])
    }
  }

  get<Row extends unknown[]>(text: string, ...values: Value[]): Row | undefined {
    const statement = this.#statement(text)
    try {
      return statement.get(...values) as unknown as Row | undefined
    } catch (error) {
      const read = () => [statement.get(...values) as unknown as Row]
      return withHugeNumbers(statement, text, error, read)[0]
    }
  }

  run(text: string, ...values: Value[]): number {
    return Number(this.#statement(text).run(...values).changes)
  }

  exec(text: string): void {
    this.#db.exec(text)
  }

  /** Changes whenever another connection, of this process or another, has written. Costs about 2 µs. */
  dataVersion(): number {
    return this.get<[number]>('pragma data_version')![0]
  }

  /** Do something that only reads; errors come as ours. */
  read<Answer>(work: (sql: Sql) => Answer): Promise<Answer> {
    return this.retry(() => work(this))
  }

  /**
   * Do `work` in one transaction that has the write lock from its start. Another writer is waited for up to
   * `busyTimeoutMs`, between turns of the event loop. `work` may run again, so it changes nothing but the store.
   * @throws FW_STORE_FAILED FW_STORE_FULL FW_STORE_READONLY FW_STORE_CORRUPT FW_DRIVER_CLOSED
   */
  write<Answer>(work: (unit: Unit) => Answer): Promise<Answer> {
    return this.retry(() => {
      const { answer, stirred } = this.#transact(work)
      if (stirred) this.onStirred()
      return answer
    })
  }

  #transact<Answer>(work: (unit: Unit) => Answer): { answer: Answer; stirred: boolean } {
    this.run('begin immediate')
    try {
      const unit = new Unit(this)
      const answer = work(unit)
      unit.flush()
      this.run('commit')
      return { answer, stirred: unit.stirred }
    } catch (error) {
      this.rollback()
      if (isFull(error)) this.#shrink()
      throw error
    }
  }

  /** SQLite rolls some errors back by itself (a full disk): then there is nothing to do. */
  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('rollback')
  }

  /** On a full disk the log may be what fills it: copy it back into the file, and give its space to the next try. */
  #shrink(): void {
    try {
      this.#db.exec('pragma wal_checkpoint(truncate)')
    } catch {
      // There is no space for that either; the error that led here is the one to report.
    }
  }

  /** Run it now, and again in a few milliseconds for as long as the file is locked. */
  async retry<Answer>(work: () => Answer): Promise<Answer> {
    const { env, busyTimeoutMs } = this.#settings
    const untilMonoMs = env.monoMs() + busyTimeoutMs
    for (let tries = 0; ; tries++) {
      if (!this.#db.isOpen) throw new FiberWorkError('FW_DRIVER_CLOSED', `${this.file} was closed meanwhile`)
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || env.monoMs() >= untilMonoMs) throw toFiberWorkError(error, this.file)
      }
      await sleep(env, 1 + env.random() * Math.min(2 ** tries, 20))
    }
  }

  close(): void {
    if (!this.#db.isOpen) return
    this.#statements.clear()
    this.#db.close()
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      statement.setReturnArrays(true)
      this.#statements.set(text, statement)
    }
    return statement
  }
}
