import { existsSync, realpathSync } from 'node:fs'
import type { Added, Settled, StoredJob } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { enqueueInto } from './enqueue.ts'
import { toFiberWorkError } from './errors.ts'
import { type Item, settleInto } from './settle.ts'
import { type Guest, GuestSql } from './sql.ts'
import { Unit } from './unit.ts'

/**
 * An open transaction of the user's own connection to the same file: a `DatabaseSync` of `node:sqlite`, a better-sqlite3
 * database, or whatever has their `prepare`.
 */
export interface SqliteTransaction extends Guest {
  /** `node:sqlite` tells whether a transaction is open; better-sqlite3 calls it `inTransaction`. */
  readonly isTransaction?: boolean
  readonly inTransaction?: boolean
}

export interface Within {
  /**
   * Enqueue now, in the user's transaction: the jobs exist when it commits, and never did when it rolls back. Workers of
   * all processes see them within `pollMs`.
   * @throws FW_CONFIG_INVALID FW_STORE_FAILED (busy: the transaction should have begun `immediate`)
   */
  enqueue(jobs: StoredJob[]): Added[]
  /** Settle now, in the user's transaction, fenced there: the verdicts hold when it commits. Throws what `enqueue` throws. */
  settle(items: Item[]): Settled[]
}

const guests = new WeakMap<SqliteTransaction, GuestSql>()

export function withinTransaction(file: string, transaction: SqliteTransaction): Within {
  let sql = guests.get(transaction)
  if (sql === undefined) {
    sql = new GuestSql(transaction)
    guests.set(transaction, sql)
  }
  const guest = sql
  const once = <Answer>(work: (unit: Unit) => Answer): Answer => {
    check(file, transaction, guest)
    try {
      const unit = new Unit(guest)
      const answer = work(unit)
      unit.flush()
      return answer
    } catch (error) {
      throw toFiberWorkError(error, file)
    }
  }
  return {
    enqueue: (jobs) => once((unit) => enqueueInto(unit, jobs)),
    settle: (items) => once((unit) => settleInto(unit, items)),
  }
}

/** Whether both are the path of one file. */
export function isFile(path: string, file: string): boolean {
  return path === file || (existsSync(path) && realpathSync(path) === realpathSync(file))
}

function check(file: string, transaction: SqliteTransaction, sql: GuestSql): void {
  if (transaction.isTransaction === false || transaction.inTransaction === false) {
    throw new FiberWorkError('FW_CONFIG_INVALID', 'within(tx): tx has no open transaction; run BEGIN IMMEDIATE first.')
  }
  const main = sql.get<[string]>("select file from pragma_database_list where name = 'main'")?.[0] ?? ''
  if (main === '' || !isFile(main, file)) {
    throw new FiberWorkError('FW_CONFIG_INVALID', `within(tx): tx is on "${main}", the jobs are in "${file}".`)
  }
}
