import { resolve } from 'node:path'
import { systemEnv } from '../../src/base/env.ts'
import type { KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { pack } from './codec.ts'
import { Connection } from './connection.ts'
import type { Settings } from './options.ts'
import type { Sql } from './sql.ts'
import { accuse, renewSession } from './suspects.ts'

/** What can be cloned to a thread. */
type Reach = Omit<Settings, 'env'>

/** The page cache of a connection that touches a handful of rows. */
const cacheBytes = 256 * 1_024

/** How a guardian thread reaches the same file. */
export function keeperOf(settings: Settings): KeeperSpec {
  const { env: _env, ...rest } = settings
  return { module: import.meta.url, settings: { ...rest, path: resolve(settings.path), cacheBytes } satisfies Reach }
}

/** In the guardian thread: one session's lease, on a connection of its own. Waits for other writers as the driver does. */
export const makeKeeper: MakeKeeper = async (settings) => {
  const connection = new Connection({ ...(settings as Reach), env: systemEnv })
  await connection.configure()
  return {
    renew: (session, health) =>
      connection.write((unit) => {
        const s = numberOf(unit.sql, session)
        if (s === undefined) return 'revoked'
        renewSession(unit.sql, s, unit.nowMs)
        unit.sql.run(
          'insert into fw_keep (s, health) values (?, ?) on conflict (s) do update set health = excluded.health',
          s,
          pack(health),
        )
        return 'alive'
      }),
    accuse: (session, receipts) =>
      connection.write((unit) => {
        const s = numberOf(unit.sql, session)
        if (s !== undefined) accuse(unit.sql, s, receipts)
      }),
    async close() {
      connection.close()
    },
  }
}

/** Of a session that lives. */
function numberOf(sql: Sql, session: string): number | undefined {
  return sql.get<[number]>('select s from fw_session where name = ? and state = 0', session)?.[0]
}
