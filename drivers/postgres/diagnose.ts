import type { Finding } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import type { ServerFacts } from './server.ts'

/** A transaction that is older keeps the server from removing what jobs leave behind. */
const transactionMsMax = 60_000
/** Dead rows that make a claim slow: more than this, and more than the living. */
const deadMin = 200_000

/** What one should know of this schema and its server: what keeps dead rows alive, above all. Reads only. */
export async function diagnose(link: Link, facts: ServerFacts): Promise<Finding[]> {
  return [...serverFindings(facts), await bloat(link), await horizon(link), await slots(link)]
}

function serverFindings({ version, durable, warnings, pooled, listens }: ServerFacts): Finding[] {
  const survives = {
    power: 'what was acknowledged survives a power cut',
    system: 'a crash takes the last moments',
    process: 'a power cut may destroy the database',
  }[durable]
  const heard = listens ? 'workers hear of jobs by LISTEN' : 'workers look for jobs every pollMs'
  return [
    { name: 'server', state: 'ok', text: `PostgreSQL ${version}: ${survives}.`, data: { version, durable } },
    ...warnings.map((text): Finding => ({ name: 'server settings', state: 'warn', text })),
    {
      name: 'connection',
      state: 'ok',
      text: `${pooled ? 'Through a pooler' : 'To the server itself'}: ${heard}.`,
      data: { pooled, listens },
    },
  ]
}

async function bloat(link: Link): Promise<Finding> {
  const rows = await link.query(
    `select relname as table, n_live_tup::float8 as live, n_dead_tup::float8 as dead, pg_total_relation_size(relid)::float8 as bytes,
       last_autovacuum::text as vacuumed from pg_stat_user_tables where schemaname = $1::text order by n_dead_tup desc`,
    [link.settings.schema],
    'diagnose',
  )
  const tables = rows as { table: string; live: number; dead: number; bytes: number; vacuumed: string | null }[]
  const bad = tables.filter(({ live, dead }) => dead > deadMin && dead > live)
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0)
  const size = `${Math.round(bytes / 1024 / 1024)} MiB in ${tables.length} tables`
  if (bad.length === 0)
    return { name: 'bloat', state: 'ok', text: `${size}; no table has more dead rows than living ones.`, data: tables }
  const told = bad.map(({ table, dead, vacuumed }) => `${table} ${dead} (vacuumed ${vacuumed ?? 'never'})`).join(', ')
  return {
    name: 'bloat',
    state: 'warn',
    text: `${size}; dead rows that slow claims: ${told}. Look for what holds them (below), then VACUUM.`,
    data: tables,
  }
}

async function horizon(link: Link): Promise<Finding> {
  const [row] = await link.query(
    `select pid, coalesce(application_name, '') as application, state, (extract(epoch from clock_timestamp() - xact_start) * 1000)::float8 as ms,
       age(backend_xmin)::float8 as age
     from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid() and datname = current_database()
     order by xact_start limit 1`,
    [],
    'diagnose',
  )
  const oldest = row as { pid: number; application: string; state: string; ms: number | null; age: number } | undefined
  if (oldest === undefined || (oldest.ms ?? 0) < transactionMsMax) {
    return { name: 'oldest transaction', state: 'ok', text: 'No transaction is older than a minute.', data: oldest }
  }
  return {
    name: 'oldest transaction',
    state: 'warn',
    text: `Process ${oldest.pid} (${oldest.application || 'unnamed'}, ${oldest.state}) has a transaction open for ${Math.round(oldest.ms! / 1000)} s: rows of finished jobs cannot be removed as long as it lasts. End it, or set idle_in_transaction_session_timeout.`,
    data: oldest,
  }
}

async function slots(link: Link): Promise<Finding> {
  const rows = await link.query(
    `select slot_name as slot, active, greatest(age(xmin), age(catalog_xmin))::float8 as age from pg_replication_slots
     where xmin is not null or catalog_xmin is not null`,
    [],
    'diagnose',
  )
  const held = rows as { slot: string; active: boolean; age: number }[]
  const idle = held.filter(({ active }) => !active)
  if (idle.length === 0)
    return { name: 'replication slots', state: 'ok', text: 'None holds back the removal of dead rows.', data: held }
  return {
    name: 'replication slots',
    state: 'warn',
    text: `Inactive slots hold back the removal of dead rows: ${idle.map(({ slot }) => slot).join(', ')}. Drop them if nobody comes back.`,
    data: held,
  }
}
