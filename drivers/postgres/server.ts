import { FiberWorkError } from '../../src/contract/index.ts'
import type { Settings } from './options.ts'
import type { Pool } from './pool.ts'

/** What the server is like, as far as it matters to jobs. */
export interface ServerFacts {
  version: string
  /** What survives: by synchronous_commit, fsync and full_page_writes. */
  durable: 'process' | 'system' | 'power'
  /** Whether a notification would reach us: not through a pooler that hands connections on. */
  listens: boolean
  pooled: boolean
  warnings: string[]
}

const oldest = 130_000

/** @throws FW_CONNECT_FAILED for a server that is too old */
export async function factsOf(pool: Pool, settings: Settings): Promise<ServerFacts> {
  const [row] = await pool.query(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
       current_setting('synchronous_commit') as sync, current_setting('fsync') as fsync,
       current_setting('full_page_writes') as pages, current_setting('autovacuum') as autovacuum,
       current_setting('server_encoding') as encoding, pg_backend_pid() as pid`,
    [],
    'connect',
  )
  const { number, version, sync, fsync, pages, autovacuum, encoding, pid } = row as {
    [name in 'version' | 'sync' | 'fsync' | 'pages' | 'autovacuum' | 'encoding']: string
  } & { number: number; pid: number }
  const refuse = (what: string) => {
    throw new FiberWorkError('FW_CONNECT_FAILED', `${settings.place}: ${what}`, { retryable: false })
  }
  if (number < oldest) refuse(`the server is PostgreSQL ${version}; fiber-work needs 13 or newer.`)
  if (encoding !== 'UTF8') refuse(`the database is encoded in ${encoding}; fiber-work needs UTF8.`)
  // A pooler greets with a number of its own.
  const pooled = pid !== pool.processId
  const warnings: string[] = []
  if (fsync === 'off')
    warnings.push('The server does not wait for its disk (fsync off): a power cut may destroy the DATABASE.')
  if (pages === 'off') warnings.push('full_page_writes is off: a power cut may damage tables.')
  if (sync === 'off')
    warnings.push('synchronous_commit is off: a crash of the server takes the jobs of its last moments.')
  if (autovacuum === 'off') warnings.push('autovacuum is off: the tables of jobs will only grow, and claims get slow.')
  return {
    version,
    durable: fsync === 'off' ? 'process' : sync === 'off' || pages === 'off' ? 'system' : 'power',
    pooled,
    listens: settings.listen === 'auto' ? !pooled : settings.listen === 'on',
    warnings,
  }
}
