import { systemEnv } from '../base/env.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import { connect } from '../connect/connect.ts'
import { sqlitePath } from '../connect/schemes.ts'
import type { Fleet } from '../contract/fleet.ts'
import type { ApiServer } from '../api/server.ts'
import { Definitions } from '../api/definitions.ts'
import { healthOfFleet } from '../api/health.ts'
import { redactText } from '../base/redact.ts'
import { startHistory } from '../observe/history/history.ts'
import { fleetOverLink } from '../supervisor/fleet.ts'
import type { Link } from '../supervisor/link.ts'
import type { Wanted } from '../supervisor/messages.ts'
import { processesOf } from '../config/processes.ts'
import { connectOptionsOf } from './context.ts'
import { loadDrivers } from './load/drivers.ts'
import { loadJobs } from './load/jobs.ts'
import { openLog, type ProcessLog } from './log.ts'
import { Reaching } from './reaching.ts'
import { errorOf } from './report.ts'
import { serveOptionsOf } from './serving.ts'

/** A store that lives and dies with the process that works it: nobody else sees its jobs. */
export function livesInside(url: string): boolean {
  return /^memory:/i.test(url) || (/^sqlite:/i.test(url) && sqlitePath(url) === ':memory:')
}

/** What the settings ask of a supervisor. */
export function wantedOf(settings: Settings): Wanted {
  return { processes: processesOf(settings), api: hasApiProcess(settings) }
}

/** Under a supervisor a process of its own serves, so that no worker can take the API down; but of a store inside a process only that process knows. */
export function hasApiProcess({ http, url }: Pick<Settings, 'http' | 'url'>): boolean {
  return http !== undefined && !livesInside(url)
}

/**
 * The API process of a supervisor: it knows the jobs and the store, runs nothing, and asks the workers over the supervisor. It ends when it is
 * told to, which is after the last worker has ended. Throws what keeps it from serving.
 */
export async function runApi(settings: Settings, link: Link): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    link.onStop(() => resolve())
    process.on('SIGTERM', () => resolve())
  })
  // They reach everybody on a terminal; the API answers until the workers have ended, and the supervisor knows when that is.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const log = await openLog(settings)
  log.hush(settings.dashboard)
  // What a job file starts beside its exports is not worth the API; the worker processes deal with theirs.
  process.on('unhandledRejection', (error) =>
    log.line('warn', `the API process has seen an error that nobody handled: ${errorOf(error).message}`),
  )
  const fleet = fleetOverLink(link, systemEnv)
  const reaching = new Reaching(systemEnv, settings.url, log)
  const opening = openApi(settings, link, fleet, log, reaching)
  const server = await Promise.race([opening, asked])
  if (server === undefined) {
    reaching.giveUp()
    return void opening.catch(() => {})
  }
  await link.send({ kind: 'up', graceMs: 0, wanted: wantedOf(settings), url: server.url, pageUrl: server.pageUrl })
  await asked
  await server.close()
  log.end()
}

/** It listens before it has reached its store, unless it takes over from one that has: that is not to leave for one that cannot. */
async function openApi(
  settings: Settings,
  link: Link,
  fleet: Fleet,
  log: ProcessLog,
  reaching: Reaching,
): Promise<Pick<ApiServer, 'url' | 'pageUrl' | 'close'>> {
  const { handlers } = await loadJobs(settings.jobs, process.cwd())
  await loadDrivers(settings.drivers)
  const toStore = () => connect(settings.url, connectOptionsOf(settings))
  const reached = link.takesOver ? await reaching.reach(toStore, false) : undefined
  // A predecessor may have the port still.
  const turn = new Promise<void>((resolve) => link.hear('go', () => resolve()))
  await link.send({ kind: 'prepared' })
  await turn
  const server = await serveFleet(settings, fleet, log, reaching)
  const client = reached ?? (await reaching.reach(toStore))
  const endHistory = countEnqueues(settings, client)
  await server.open({ client, fleet, definitions: new Definitions(handlers) })
  return {
    url: server.url,
    pageUrl: server.pageUrl,
    async close() {
      await server.close()
      await endHistory()
      await client.close()
    },
  }
}

/** What is enqueued through this process belongs to the past as well, though no worker of it runs here. */
function countEnqueues({ history }: Settings, { driver }: Client): () => Promise<void> {
  if (driver.ledger === undefined || history === false) return async () => {}
  return startHistory({ env: systemEnv, ledger: driver.ledger, isMine: () => false, depth: async () => [] })
}

/** Serves the API over these workers, where `--http` says: health at once, the rest when it is opened. Throws `FW_CONFIG_INVALID`. */
export async function serveFleet(
  settings: Settings,
  fleet: Fleet,
  log: Pick<ProcessLog, 'line'>,
  reaching: Reaching,
): Promise<ApiServer> {
  const failed = (error: unknown) =>
    log.line(
      'error',
      `a request to the API failed: ${redactText(error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
    )
  const { serve } = await import('../api/server.ts')
  const health = reaching.over(() => healthOfFleet(fleet))
  return serve(await serveOptionsOf(settings, health, failed))
}
