import { PostgresDriver } from './driver.ts'
import { Link } from './link.ts'
import { type PostgresOptions, settingsOf } from './options.ts'

export type { PostgresDriver } from './driver.ts'
export type { PostgresOptions } from './options.ts'
export type { PostgresTransaction, Within } from './within.ts'

/**
 * A PostgreSQL (13 or newer) store. Several drivers on one server share nothing but that server; `postgresStore` makes drivers that
 * share their connections too.
 *
 * @throws FW_CONFIG_INVALID
 */
export function postgresDriver(options: PostgresOptions = {}): PostgresDriver {
  return new PostgresDriver(new Link(settingsOf(options)))
}

/** Makes drivers that share their connections: one for a client, one for each worker. */
export function postgresStore(url: string, options: Omit<PostgresOptions, 'url'> = {}): () => PostgresDriver {
  const link = new Link(settingsOf({ ...options, url }))
  return () => new PostgresDriver(link)
}
