import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection } from 'mysql2/promise'
import { afterAll, onTestFinished, type TestContext } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import type { Harness } from '../../drivers/conformance/index.ts'
import { mysqlDriver, type MysqlOptions } from '../../drivers/mysql/index.ts'
import { tableNames } from '../../drivers/mysql/tables.ts'
import { sharedMysql } from './mysql.ts'

/** The conformance suite's harness for this driver: each store has tables of its own in one database. */
export function mysqlHarness(url: string): Harness {
  // Tables take longer to make than most laws: those of a store that was closed are emptied, and serve the next one.
  const free: string[] = []
  const connecting = createConnection({ uri: url, multipleStatements: true })
  afterAll(async () => {
    const sql = await connecting
    for (const prefix of free) await dropAll(sql, prefix)
    await sql.end()
  })
  return {
    name: 'mysql',
    async store() {
      const sql = await connecting
      const prefix = free.pop() ?? newPrefix()
      return {
        driver: ({ leaseMs }) => mysqlDriver({ mysql: url, prefix, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => {
          await emptyAll(sql, prefix)
          free.push(prefix)
        },
      }
    },
  }
}

/** Tables of their own in the shared database, seen by drivers and by a connection that may do anything to them. */
export interface Installation {
  url: string
  prefix: string
  sql: Connection
  /** A driver in the hand of a worker. */
  open(options?: Partial<MysqlOptions>): Promise<Hand>
}

/** Gone when the test has finished. Skips the test where there is no server. */
export async function installation(context: TestContext, server?: string): Promise<Installation> {
  const url = server ?? (await sharedMysql())
  if (url === undefined) return context.skip('needs MariaDB or MySQL')
  const prefix = newPrefix()
  const sql = await createConnection({ uri: url, multipleStatements: true })
  const hands: Hand[] = []
  onTestFinished(async () => {
    for (const { driver } of hands) await driver.close().catch(() => {})
    await dropAll(sql, prefix).catch(() => {})
    await sql.end().catch(() => {})
  })
  return {
    url,
    prefix,
    sql,
    async open(options = {}) {
      const hand = new Hand(mysqlDriver({ mysql: url, prefix, ...options }))
      hands.push(hand)
      await hand.driver.prepare()
      return hand.open()
    },
  }
}

export const newPrefix = (): string => `fwt_${randomBytes(5).toString('hex')}_`

export const dropAll = (sql: Connection, prefix: string): Promise<unknown> =>
  sql.query(`drop table if exists ${tableNames(prefix).join(', ')}`)

async function emptyAll(sql: Connection, prefix: string): Promise<void> {
  const tables = tableNames(prefix).filter((name) => !name.endsWith('meta'))
  const [rows] = await sql.query(`show tables like '${prefix}meta'`)
  if ((rows as unknown[]).length === 0) return
  await sql.query(['start transaction', ...tables.map((name) => `delete from ${name}`), 'commit'].join(';'))
}
