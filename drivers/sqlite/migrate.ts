import { readFileSync } from 'node:fs'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Connection } from './connection.ts'
import type { Sql } from './sql.ts'

/** "FWsq" in the header of a file that is ours alone. */
export const applicationId = 0x46577371

/** Each entry takes the store from the format before it; the format is their count. */
const steps = ['001-tables.sql'] as const
export const format = steps.length

/**
 * What came later and changes nothing for a release that does not know it: the format stays, so that both share the file
 * during a deployment. A table, where rows are to be kept apart. A column that may be null, where they come and go with those
 * of a table that is there: whoever forgets a job, an older release too, forgets what the column says of it.
 */
const additions = [
  { file: 'keep.sql', there: "select 1 from sqlite_schema where type = 'table' and name = 'fw_keep'" },
  { file: 'error.sql', there: "select 1 from pragma_table_info('fw_fate') where name = 'error'" },
  { file: 'failures.sql', there: "select 1 from pragma_table_info('fw_fate') where name = 'failures'" },
  { file: 'term.sql', there: "select 1 from sqlite_schema where type = 'table' and name = 'fw_term'" },
] as const

const read = (name: string): string => readFileSync(new URL(`sql/${name}`, import.meta.url), 'utf8')

/** What a file is, before anything is written to it. */
type Kind = { is: 'empty' | 'foreign' } | { is: 'ours'; format: number }

/**
 * Create or upgrade the tables. Safe to repeat, and for several processes at once: the first one does it, in one
 * transaction, and the others find it done.
 * @throws FW_STORE_NEWER FW_STORE_CORRUPT (also for a file of somebody else, unless `share`)
 */
export async function migrate(connection: Connection, share: boolean): Promise<void> {
  const { file } = connection
  await connection.configure()
  const found = await connection.retry(() => kindOf(connection))
  refuse(found, file, share)
  if ((await connection.retry(() => connection.get<[string]>('pragma journal_mode')))?.[0] !== 'wal') {
    await connection.retry(() => connection.get('pragma journal_mode = wal'))
  }
  if (found.is === 'ours' && found.format === format && missing(connection).length === 0) return
  await connection.retry(() => {
    connection.run('begin immediate')
    try {
      const now = kindOf(connection)
      refuse(now, file, share)
      const from = now.is === 'ours' ? now.format : 0
      for (const step of steps.slice(from)) connection.exec(read(step))
      for (const file of missing(connection)) connection.exec(read(file))
      connection.run(
        "insert into fw_meta (key, value) values ('format', ?) on conflict (key) do update set value = excluded.value",
        format,
      )
      if (now.is === 'empty') connection.exec(`pragma application_id = ${applicationId}`)
      if (now.is === 'empty' || isStamped(connection)) connection.exec(`pragma user_version = ${format}`)
      connection.run('commit')
    } catch (error) {
      connection.rollback()
      throw error
    }
  })
}

function missing(sql: Sql): string[] {
  return additions.filter(({ there }) => sql.get(there) === undefined).map(({ file }) => file)
}

const isStamped = (sql: Sql): boolean => sql.get<[number]>('pragma application_id')![0] === applicationId

function kindOf(sql: Sql): Kind {
  const [tables, meta] = sql.get<[number, number]>(
    "select count(*), count(*) filter (where name = 'fw_meta') from sqlite_schema where type = 'table'",
  )!
  const userVersion = sql.get<[number]>('pragma user_version')![0]
  if (meta > 0) {
    const stored = sql.get<[number]>("select value from fw_meta where key = 'format'")?.[0] ?? 0
    return { is: 'ours', format: isStamped(sql) ? Math.max(stored, userVersion) : stored }
  }
  const untouched = tables === 0 && userVersion === 0 && sql.get<[number]>('pragma application_id')![0] === 0
  return { is: untouched ? 'empty' : 'foreign' }
}

function refuse(found: Kind, file: string, share: boolean): void {
  if (found.is === 'foreign' && !share) {
    throw new FiberWorkError(
      'FW_STORE_CORRUPT',
      `${file}: a SQLite file of somebody else, not a fiber-work store. Choose another path, or allow it with \`share\` (sqlite:./app.db?share=true).`,
    )
  }
  if (found.is === 'ours' && found.format > format) {
    throw new FiberWorkError(
      'FW_STORE_NEWER',
      `${file}: written by a newer fiber-work (format ${found.format}); this one understands up to format ${format}.`,
    )
  }
}
