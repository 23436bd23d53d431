import type { AnySchema, Db as Face, OwnDb } from './face.ts'
import { createDb } from './db.ts'

export { createDb } from './db.ts'
export { DbError } from './errors.ts'
export type { AnySchema, DbReader, OwnDb, StatementOptions, StreamOptions, TransactionOptions } from './face.ts'
export type { DbConnectionOptions, DbOptions } from './options.ts'
export type { Isolation } from './wire.ts'

/**
 * The process's databases. Without `Db.configure` it speaks to `FIBER_WORK_DB_URL` or `DATABASE_URL`. Nothing is loaded before the first
 * call.
 */
export const Db: OwnDb = createDb()

/** A database, as a job sees it: `Db` itself, `Db.on(…)`, `tx`. */
export type Db<Schema = AnySchema> = Face<Schema>
