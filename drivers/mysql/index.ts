import { MysqlDriver } from './driver.ts'
import { Link } from './link.ts'
import { type MysqlOptions, settingsOf } from './options.ts'

export type { MysqlDriver } from './driver.ts'
export type { Asking, Guest, KyselyTransaction } from './guest.ts'
export type { MysqlOptions, MysqlServer } from './options.ts'
export type { Within } from './within.ts'

/**
 * A store in MariaDB (10.6 or newer) or MySQL (8.0.1 or newer), on mysql2. Several drivers on one database share nothing but that;
 * `mysqlStore` makes drivers that share their connections too.
 *
 * @throws FW_CONFIG_INVALID
 */
export const mysqlDriver = (options: MysqlOptions): MysqlDriver => mysqlStore(options.mysql, options)()

/** Makes drivers that share a few connections: one driver for a client, one for each worker. */
export function mysqlStore(mysql: MysqlOptions['mysql'], options: Omit<MysqlOptions, 'mysql'> = {}): () => MysqlDriver {
  const link = new Link(settingsOf({ ...options, mysql }))
  return () => new MysqlDriver(link)
}
