import type { Command } from 'commander'
import { systemEnv, within } from '../base/env.ts'
import { redactText } from '../base/redact.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import { version } from '../connect/version.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { Definitions } from '../api/definitions.ts'
import type { HealthReport } from '../api/health.ts'
import { noFleet } from '../api/no-fleet.ts'
import { livesInside } from './api.ts'
import { connectOptionsOf, loadContext } from './context.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { loadDrivers } from './load/drivers.ts'
import { loadJobs } from './load/jobs.ts'
import { openLog } from './log.ts'
import { Reaching } from './reaching.ts'
import { serveOptionsOf } from './serving.ts'

const askMsMax = 2_000

/** `fiber-work api`: the HTTP API of a store, without a worker. */
export function register(command: Command): void {
  addOutputFlags(
    addSettings(command, [
      ...(['url', 'ledger', 'jobs', 'leaseMs', 'bodyBytesMax', 'encryptionKeys', 'redact'] as const),
      ...(['http', 'ui', 'httpHosts', 'httpToken', 'behindProxy', 'tlsCert', 'tlsKey'] as const),
      ...(['logLevel', 'logFormat'] as const),
    ]),
  )
  command.action(async (given: Given) => {
    const { loaded, settings, output } = await loadContext(given)
    for (const warning of loaded.warnings) output.warn(warning)
    const served = { ...settings, http: settings.http ?? '127.0.0.1:7077' }
    if (livesInside(served.url)) {
      throw new FiberWorkError(
        'FW_CONFIG_INVALID',
        'Nobody else sees a store inside of a process: let its worker serve the API (fiber-work work --http …).',
      )
    }
    await serveAlone(served)
  })
}

/** Serves until a signal comes, from the start on, also while the store is away; a second one ends it at once. */
async function serveAlone(settings: Settings): Promise<void> {
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal))
  })
  const log = await openLog(settings)
  const { serve } = await import('../api/server.ts')
  const { handlers } = await loadJobs(settings.jobs, process.cwd())
  await loadDrivers(settings.drivers)
  const { connect } = await import('../connect/connect.ts')
  const failed = (error: unknown) =>
    log.line(
      'error',
      `a request to the API failed: ${redactText(error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
    )
  const reaching = new Reaching(systemEnv, settings.url, log)
  let client: Client | undefined
  const health = reaching.over(() => healthOf(client))
  const server = await serve(await serveOptionsOf(settings, health, failed))
  try {
    const connecting = reaching.reach(() => connect(settings.url, connectOptionsOf(settings)))
    const first = await Promise.race([connecting, asked])
    if (typeof first === 'string') {
      reaching.giveUp()
      // What it reaches after all is held by a process that ends.
      connecting.catch(() => {})
      return log.say(`stopped before the store was reached (${first})`)
    }
    client = first
    await server.open({ client, fleet: noFleet, definitions: new Definitions(handlers) })
    log.say(`fiber-work ${version} serves ${client.url} at ${server.url}, pid ${process.pid}`)
    if (server.pageUrl !== undefined) log.say(`dashboard: ${server.pageUrl}`)
    log.say(`stopped (${await asked})`)
  } finally {
    await server.close()
    await client?.close()
    log.end()
  }
}

/** No worker is here to be looked at: it is well when its store answers. */
async function healthOf(client: Client | undefined): Promise<HealthReport> {
  if (client === undefined) return { ok: true, ready: false, reasons: [], workers: [] }
  const ok = await within(systemEnv, askMsMax, client.driver.depth(['default'])).catch(() => false)
  return { ok, ready: ok, reasons: ok ? [] : ['the store does not answer'], workers: [] }
}
