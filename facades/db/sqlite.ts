import { resolve } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { type Env, sleep } from '../../src/base/env.ts'
import { messageOf } from './errors.ts'
import { lru } from './lru.ts'
import type { Statement } from './statements.ts'
import type { Answer, BeginOptions, Cursor, Dialect, Judgement, Row, Wire } from './wire.ts'

const preparedMax = 256
/** How long SQLite itself may sleep for a lock, blocking the event loop. Longer waits are ours, between turns of the loop. */
const busyBlockMs = 2
const busyPauseMsMax = 20

/** SQLite's extended result code; 0 for what does not come from SQLite. */
const errcodeOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0
const primary = (error: unknown): number => errcodeOf(error) & 0xff
const isBusy = (error: unknown): boolean => primary(error) === 5 || primary(error) === 6

class SqliteWire implements Wire {
  readonly native: DatabaseSync
  readonly #env: Env
  readonly #waitMsMax: number
  readonly #prepared = lru<StatementSync>(preparedMax)
  #stopped = false
  readonly stained = false
  onBroken = (): void => {}

  constructor(file: string, env: Env, waitMsMax: number) {
    this.#env = env
    this.#waitMsMax = waitMsMax
    const sqlite = process.getBuiltinModule('node:sqlite')
    this.native = new sqlite.DatabaseSync(file, { timeout: busyBlockMs })
  }

  get broken(): boolean {
    return !this.native.isOpen
  }

  get state(): 'idle' | 'open' {
    return this.native.isOpen && this.native.isTransaction ? 'open' : 'idle'
  }

  run({ text, params }: Statement): Promise<Answer> {
    return this.#patiently(() => this.#run(text.sql, params))
  }

  configure(): Promise<void> {
    return this.#patiently(() => this.native.exec('pragma journal_mode = wal; pragma synchronous = normal'))
  }

  /** Another connection that writes is waited for, between turns of the loop. */
  async #patiently<T>(work: () => T): Promise<T> {
    this.#stopped = false
    const untilMs = this.#env.monoMs() + this.#waitMsMax
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, busyPauseMsMax)) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || this.#stopped || this.#env.monoMs() >= untilMs) throw error
      }
      await sleep(this.#env, pauseMs * (0.5 + this.#env.random()))
    }
  }

  #run(sql: string, params: readonly unknown[]): Answer {
    let statement = this.#prepared.get(sql)
    if (statement === undefined) this.#prepared.set(sql, (statement = this.native.prepare(sql)))
    const values = params.map(asValue)
    if (statement.columns().length > 0) {
      const rows = statement.all(...values).map(plainRow)
      return { rows, affected: rows.length, insertId: undefined }
    }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], affected: Number(changes), insertId: lastInsertRowid }
  }

  async cursor({ text, params }: Statement, rowsMax: number): Promise<Cursor> {
    // One of its own: a prepared statement has one position.
    const rows = this.native.prepare(text.sql).iterate(...params.map(asValue)) as Iterator<Row>
    return {
      read: async () => {
        const batch: Row[] = []
        while (batch.length < rowsMax) {
          const next = rows.next()
          if (next.done === true) break
          batch.push(plainRow(next.value))
        }
        return batch
      },
      close: async () => void rows.return?.(),
    }
  }

  async cancel(): Promise<void> {
    this.#stopped = true
  }

  async probe(): Promise<void> {
    this.native.exec('select 1')
  }

  async reset(): Promise<void> {
    if (this.native.isTransaction) this.native.exec('rollback')
  }

  hold(): void {}

  async end(): Promise<void> {
    this.destroy()
  }

  destroy(): void {
    if (!this.native.isOpen) return
    this.#prepared.clear()
    this.native.close()
  }
}

export class SqliteDialect implements Dialect {
  readonly kind = 'sqlite'
  readonly cursorsBeside = true
  readonly file: string
  readonly #env: Env
  readonly #waitMsMax: number

  constructor(path: string, env: Env, waitMsMax: number) {
    this.file = path === ':memory:' ? path : resolve(path)
    this.#env = env
    this.#waitMsMax = waitMsMax
  }

  async connect(): Promise<Wire> {
    const wire = new SqliteWire(this.file, this.#env, this.#waitMsMax)
    if (this.file !== ':memory:') await wire.configure()
    return wire
  }

  /** SQLite is always serializable. Whoever writes takes the lock at once: one who asks for it later can only fail. */
  begin({ readOnly = false }: BeginOptions): string[] {
    return readOnly ? ['pragma query_only = 1', 'begin'] : ['begin immediate']
  }

  after({ readOnly = false }: BeginOptions): string[] {
    return readOnly ? ['pragma query_only = 0'] : []
  }

  judge(error: unknown): Judgement {
    const number = primary(error)
    const message = messageOf(error)
    const code = number === 0 ? '' : `SQLITE ${errcodeOf(error)}`
    const kind = isBusy(error) ? 'conflict' : number === 14 ? 'unreachable' : 'failed'
    return { kind, code, message, ended: false }
  }

  async close(): Promise<void> {}
}

/** As the other clients make them: node:sqlite's rows have no prototype. */
const plainRow = (row: Row): Row => ({ ...row })

function asValue(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  return value as SQLInputValue
}
