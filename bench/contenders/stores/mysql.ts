import { createConnection } from 'mysql2/promise'
import type { Place } from '../store.ts'

/** Tables of their own in the database of `MYSQL_URL`, or of the server on the standard port; dropped afterwards. */
export async function open(): Promise<Place> {
  const url = mysqlUrl()
  const prefix = `fwb_${process.pid}_`
  return {
    url: `${url}?prefix=${prefix}`,
    [Symbol.asyncDispose]: () => dropTables(url, prefix),
  }
}

export const mysqlUrl = (): string => process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'

export async function dropTables(url: string, prefix: string): Promise<void> {
  const sql = await createConnection(url)
  const [rows] = await sql.query<[]>({ sql: `show tables like '${prefix.replaceAll('_', '\\_')}%'`, rowsAsArray: true })
  const names = (rows as unknown as [string][]).map(([name]) => name)
  if (names.length > 0) await sql.query(`drop table ${names.join(', ')}`)
  await sql.end()
}
