import { createDb, type OwnDb } from '../../../src/index.ts'

/** Something that is asked of a database beside its store, on a connection of its own. */
export async function asked<T>(url: string, ask: (db: OwnDb) => Promise<T>): Promise<T> {
  const db = createDb(url)
  try {
    return await ask(db)
  } finally {
    await db.close()
  }
}

/** `job 2000, session 3`: the rows of each table of a schema. */
export async function rowsByTable(db: OwnDb, schema: string): Promise<string> {
  const tables = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = '${schema}' order by 1`,
  )
  const counts: string[] = []
  for (const { name } of tables) {
    const [row] = await db.query<{ n: number }>(`select count(*) as n from ${schema}.${name}`)
    counts.push(`${name} ${row!.n}`)
  }
  return counts.join(', ')
}
