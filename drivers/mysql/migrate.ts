import { readFileSync } from 'node:fs'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Connection } from './connection.ts'
import type { Link } from './link.ts'
import { quoted } from './sql.ts'
import { tableNames } from './tables.ts'

/** Each entry takes the store from the format before it; the format is their count. */
const steps = ['001-tables.sql'] as const
export const format = steps.length
/**
 * What came later and changes nothing for a release that does not know it: the format stays, so that both share the tables during a deployment.
 * A column that may be null, of a row that whoever forgets a job forgets.
 */
const additions = [{ file: 'failures.sql', table: 'job', column: 'failures' }] as const

/** How long processes wait for the one that makes the tables. Less than the silence after which a connection is given up. */
const waitS = 3
const waitsMax = 10

/** The statements of a file. A statement of ours holds no semicolon but at its end. */
function statementsOf(file: string, prefix: string): string[] {
  const text = readFileSync(new URL(`sql/${file}`, import.meta.url), 'utf8')
  const bare = text.replace(/--.*$/gm, '').replaceAll('{p}', prefix)
  return bare
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

/**
 * Create or upgrade the tables. Safe to repeat, and for several processes at once: the first one does it, under a named lock of
 * the server, and the others find it done.
 * @throws FW_STORE_NEWER FW_STORE_CORRUPT FW_STORE_FAILED
 */
export async function migrate(link: Link): Promise<void> {
  await link.use('prepare', async (connection) => {
    if ((await storedFormat(connection, link)) === format && (await missing(connection, link)).length === 0) return
    const lock = quoted(`${link.settings.prefix}prepare`)
    await waitFor(connection, lock, link.settings.place)
    try {
      const from = await storedFormat(connection, link)
      for (const step of steps.slice(from)) await runFile(connection, step, link)
      for (const file of await missing(connection, link)) await runFile(connection, file, link)
      if (from < format) {
        await connection.run([`replace into ${link.t.meta} (name, value) values ('format', ${format})`])
      }
    } finally {
      if (!connection.broken) await connection.run([`do release_lock(${lock})`])
    }
  })
}

async function runFile(connection: Connection, file: string, { settings }: Link): Promise<void> {
  for (const statement of statementsOf(file, settings.prefix)) await connection.run([statement])
}

/** The additions that are yet to be made. */
async function missing(connection: Connection, { settings }: Link): Promise<string[]> {
  const columns = additions.map(
    ({ table, column }) => `(table_name = ${quoted(settings.prefix + table)} and column_name = ${quoted(column)})`,
  )
  const [rows = []] = await connection.run([
    `select table_name, column_name from information_schema.columns where table_schema = database() and (${columns.join(' or ')})`,
  ])
  const there = new Set(rows.map(([table, column]) => `${String(table)}.${String(column)}`))
  return additions
    .filter(({ table, column }) => !there.has(`${settings.prefix}${table}.${column}`))
    .map(({ file }) => file)
}

async function waitFor(connection: Connection, lock: string, place: string): Promise<void> {
  for (let waits = 0; waits < waitsMax; waits++) {
    const [[row] = []] = await connection.run([`select get_lock(${lock}, ${waitS}) as got`])
    if (row?.[0] === 1) return
  }
  throw new FiberWorkError(
    'FW_STORE_FAILED',
    `${place}: prepare: another process is making the tables, and does not finish.`,
  )
}

/** 0 where there are no tables of ours yet. Tables of somebody else under our names are refused. */
async function storedFormat(connection: Connection, { t, settings }: Link): Promise<number> {
  const { place, prefix } = settings
  const names = tableNames(prefix).map(quoted).join(',')
  const [rows = []] = await connection.run([
    `select table_name from information_schema.tables where table_schema = database() and table_name in (${names})`,
  ])
  const found = new Set(rows.map(([name]) => String(name)))
  if (found.size === 0) return 0
  const stored = found.has(`${prefix}meta`) ? await formatIn(connection, t.meta) : undefined
  if (stored === undefined && !(await isHalfMade(connection, t.meta, found.has(`${prefix}meta`)))) {
    throw new FiberWorkError(
      'FW_STORE_CORRUPT',
      `${place}: tables that begin with ${prefix} are somebody else's (${[...found].join(', ')}). Choose another prefix.`,
    )
  }
  if (stored !== undefined && stored > format) {
    throw new FiberWorkError(
      'FW_STORE_NEWER',
      `${place}: the tables ${prefix}… were written by a newer fiber-work (format ${stored}); this one understands up to format ${format}.`,
    )
  }
  return stored ?? 0
}

async function formatIn(connection: Connection, meta: string): Promise<number | undefined> {
  try {
    const [rows = []] = await connection.run([`select value from ${meta} where name = 'format'`])
    return rows[0]?.[0] as number | undefined
  } catch {
    // It has other columns than ours.
    return undefined
  }
}

/** Somebody was stopped while he made the tables: ours are there, and the format is not. */
async function isHalfMade(connection: Connection, meta: string, exists: boolean): Promise<boolean> {
  if (!exists) return false
  return connection.run([`select name, value from ${meta} limit 1`]).then(
    () => true,
    () => false,
  )
}
