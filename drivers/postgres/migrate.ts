import { FiberWorkError } from '../../src/contract/index.ts'
import { Connection, type Row } from './connection.ts'
import { functionsOf, inSchema, sqlFile, suffix } from './library.ts'
import type { Settings } from './options.ts'

/** Each entry takes the store from the format before it; the format is their count. */
const steps = ['001-tables.sql'] as const
export const format = steps.length
/**
 * What came later and changes nothing for a release that does not know it: the format stays, so that both share the schema during a deployment.
 * Columns that may be null, made with our functions, safe to repeat.
 */
const additions = ['failures.sql'] as const

/** Long enough to build an index on a large table. */
const patienceMs = 600_000

type Query = (text: string, values: readonly unknown[]) => Promise<Row[]>

/** What is there: format 0 is nothing. */
interface Found {
  format: number
  /** The functions of this very release. */
  functions: boolean
}

/**
 * Create or upgrade the schema. Safe to repeat, and for many processes at once: the first one does it, in one transaction, and the
 * others find it done. Functions of other releases stay beside ours.
 * @throws FW_STORE_NEWER FW_STORE_CORRUPT (a schema of somebody else)
 */
export async function migrate(settings: Settings, query: Query): Promise<void> {
  if (isDone(await look(settings, query))) return
  const connection = new Connection({ ...settings, silenceMs: patienceMs }, 'fiber-work:prepare')
  const run: Query = (text, values) => connection.query(text, values, 'prepare')
  try {
    await run('begin', [])
    await run('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [`${settings.schema}/prepare`])
    const found = await look(settings, run)
    if (!isDone(found)) await build(settings, found, run)
    await run('commit', [])
  } finally {
    connection.close()
  }
}

const isDone = (found: Found): boolean => found.format === format && found.functions

async function look({ schema, place }: Settings, query: Query): Promise<Found> {
  const [there] = await query(
    `select to_regclass($1::text) is not null as meta, (select string_agg(c.relname, ', ' order by c.relname)
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $2::text and c.relkind in ('r', 'p', 'v', 'm', 'f')) as tables`,
    [`"${schema}".meta`, schema],
  )
  if (there!['meta'] !== true) {
    if (there!['tables'] === null) return { format: 0, functions: false }
    throw new FiberWorkError(
      'FW_STORE_CORRUPT',
      `${place}: the schema "${schema}" holds tables of somebody else (${String(there!['tables']).slice(0, 100)}); choose another one with ?schema=`,
    )
  }
  const rows = await query(`select key, value from "${schema}".meta`, [])
  const meta = new Map(rows.map(({ key, value }) => [key as string, value as string]))
  const found = Number(meta.get('format'))
  if (!(found >= 1)) {
    throw new FiberWorkError('FW_STORE_CORRUPT', `${place}: the schema "${schema}" has a table meta that is not ours.`)
  }
  if (found > format) {
    throw new FiberWorkError(
      'FW_STORE_NEWER',
      `${place}: the schema "${schema}" has format ${found}, written by a newer release; this one knows ${format}.`,
    )
  }
  return { format: found, functions: meta.has(`functions ${suffix}`) }
}

async function build({ schema }: Settings, found: Found, run: Query): Promise<void> {
  await run(`create schema if not exists "${schema}"`, [])
  for (const step of steps.slice(found.format)) await run(inSchema(sqlFile(step), schema), [])
  if (!found.functions) {
    for (const file of additions) await run(inSchema(sqlFile(file), schema), [])
    await run(functionsOf(schema), [])
  }
  await run(
    `insert into "${schema}".meta (key, value) values ('format', $1::text), ($2::text, now()::text)
     on conflict (key) do update set value = excluded.value`,
    [String(format), `functions ${suffix}`],
  )
}
