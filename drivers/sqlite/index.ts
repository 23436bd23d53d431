import { SqliteDriver } from './driver.ts'
import { type SqliteOptions, settingsOf } from './options.ts'

export type { SqliteDriver } from './driver.ts'
export type { SqliteOptions } from './options.ts'
export type { SqliteTransaction, Within } from './within.ts'

/**
 * The embedded store: one SQLite file, on Node's own `node:sqlite`. Several processes may share the file; they must run on
 * one machine (WAL does not work over a network).
 *
 * @throws FW_CONFIG_INVALID
 */
export function sqliteDriver(options: SqliteOptions): SqliteDriver {
  return new SqliteDriver(settingsOf(options))
}
