import { systemEnv } from '../base/env.ts'
import { plain } from '../base/text.ts'
import { nearest } from '../base/nearest.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import { connect } from '../connect/connect.ts'
import { version } from '../connect/version.ts'
import type { WorkOptions } from '../connect/work.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { AnyHandler } from '../job/definition.ts'
import type { Worker } from '../worker/worker.ts'
import { healthOfWorker, type HealthSource } from '../api/health.ts'
import type { Link } from '../supervisor/link.ts'
import type { Summary } from '../supervisor/messages.ts'
import { watchStops } from '../supervisor/stops.ts'
import { exitCodes } from './exit-codes.ts'
import { loadJobs } from './load/jobs.ts'
import { openLog } from './log.ts'
import { startTally, summaryText } from './tally.ts'
import { showDashboard } from './worker-dashboard.ts'

export interface Ended {
  code: number
  summary: Summary
}

/**
 * One worker, owning this process, until somebody asks it to stop or an uncaught exception condemns it. Throws what keeps it
 * from starting.
 */
export async function runWorker(settings: Settings, link: Link | undefined): Promise<Ended> {
  const env = systemEnv
  const log = await openLog(settings)
  const tally = startTally(env)
  const handlers = await handlersFor(settings)
  const started: { worker?: Worker; asked?: { level: 1 | 2; reason: string } } = {}
  const stop = () => {
    const { worker, asked } = started
    if (asked !== undefined) void worker?.stop({ reason: asked.reason, ...(asked.level === 2 && { graceMs: 0 }) })
  }
  const raise = watchStops(link, {
    onStop(level, reason) {
      started.asked = { level, reason }
      stop()
    },
    onThird: (signal) => process.exit(signal === 'SIGTERM' ? 143 : exitCodes.interrupted.code),
  })
  link?.onHealth(() => healthOfWorker(started.worker))
  const server = link === undefined ? await serveHealth(settings, () => healthOfWorker(started.worker)) : undefined
  const client = await connect(settings.url, { leaseMs: settings.leaseMs, bodyBytesMax: settings.bodyBytesMax })
  const worker = await startOn(client, handlers, settings)
  started.worker = worker
  // Asked for while it was starting.
  stop()
  keepStraysFromEndingUs()
  log.say(
    `fiber-work ${version} works ${client.url}: ${describe(handlers)}, ${worker.concurrency} at once, pid ${process.pid}${server === undefined ? '' : `, ${server.url}`}`,
  )
  await link?.send({ kind: 'up', graceMs: settings.graceMs })
  const dashboard = await showDashboard(settings, worker, log, (level) => {
    void link?.send({ kind: 'quit', level })
    raise(level, 'the dashboard was left')
  })
  await worker.ended
  await dashboard?.closed
  await server?.close()
  await client.close()
  const summary = tally()
  log.say(
    `stopped${worker.condemnedBy === undefined ? '' : ' after an uncaught exception'}${started.asked === undefined ? '' : ` (${started.asked.reason})`}: ${summaryText(summary)}`,
  )
  log.end()
  return { code: worker.condemnedBy === undefined ? exitCodes.ok.code : exitCodes.condemned.code, summary }
}

async function handlersFor({ jobs, queues }: Settings): Promise<AnyHandler[]> {
  const { handlers, files } = await loadJobs(jobs, process.cwd())
  if (handlers.length === 0) {
    const found = files.length === 0 ? 'match no file' : `are ${files.length} files without a handler`
    throw new FiberWorkError(
      'FW_CONFIG_UNREADABLE',
      `There is nothing to work: ${jobs.join(', ')} ${found} in ${process.cwd()}. Write a handler (\`export default defineJob(…)\`) or name its file with --jobs.`,
    )
  }
  const known = [...new Set(handlers.map(({ queue }) => queue.name))]
  for (const name of Array.isArray(queues) ? queues : Object.keys(queues ?? {})) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `No handler works the queue "${name}" (--queue, \`queues\`). ${near === undefined ? `There are ${known.join(', ')}.` : `Did you mean "${near}"?`}`,
    )
  }
  return handlers
}

async function startOn(client: Client, handlers: AnyHandler[], settings: Settings): Promise<Worker> {
  try {
    return await client.work(handlers, workOptions(settings))
  } catch (error) {
    await client.close()
    throw error
  }
}

function workOptions(settings: Settings): WorkOptions {
  const { concurrency, graceMs, stuckMs, beatMs, startSliceMs, resultBytesMax, queues } = settings
  return {
    ownProcess: true,
    concurrency,
    graceMs,
    stuckMs,
    beatMs,
    startSliceMs,
    resultBytesMax,
    ...(queues !== undefined && { queues }),
  }
}

async function serveHealth({ http, httpInsecure }: Settings, source: HealthSource) {
  if (http === undefined) return undefined
  const [{ parseAddress }, { serve }] = await Promise.all([import('../api/address.ts'), import('../api/server.ts')])
  return serve(parseAddress(http, httpInsecure), source)
}

function describe(handlers: readonly AnyHandler[]): string {
  const queues = new Set(handlers.map(({ queue }) => queue.name))
  const names = [...new Set(handlers.map(({ name }) => name))]
  const some = names.slice(0, 5).map(plain).join(', ') + (names.length > 5 ? ', …' : '')
  return `${handlers.length} job${handlers.length === 1 ? '' : 's'} (${some}) in ${queues.size} queue${queues.size === 1 ? '' : 's'}`
}

/** While it works the worker deals with them; what comes when it has drained must not turn a clean end into a crash. */
function keepStraysFromEndingUs(): void {
  process.on('unhandledRejection', () => {})
  process.on('uncaughtException', () => {})
}
