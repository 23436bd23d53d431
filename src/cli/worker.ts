import { defaults } from '../base/defaults.ts'
import { systemEnv, within } from '../base/env.ts'
import { redactText } from '../base/redact.ts'
import { plain } from '../base/text.ts'
import { nearest } from '../base/nearest.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import { connect } from '../connect/connect.ts'
import { version } from '../connect/version.ts'
import type { WorkOptions } from '../connect/work.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { disposeSingletons } from '../engine/service.ts'
import { answersOf } from '../worker/answers.ts'
import { fleetOfWorker } from '../worker/fleet.ts'
import { startCapture } from '../observe/log/capture.ts'
import type { Worker } from '../worker/worker.ts'
import { livesInside, serveFleet, wantedOf } from './api.ts'
import type { Fleet } from '../contract/fleet.ts'
import { Definitions } from '../api/definitions.ts'
import type { ApiServer } from '../api/server.ts'
import { answerOver } from '../supervisor/answering.ts'
import { fleetOverLink } from '../supervisor/fleet.ts'
import type { Link } from '../supervisor/link.ts'
import type { Summary } from '../supervisor/messages.ts'
import { connectOptionsOf } from './context.ts'
import { exitCodes } from './exit-codes.ts'
import { loadDrivers } from './load/drivers.ts'
import { type LoadedJobs, loadJobs } from './load/jobs.ts'
import { openLocalApi } from './local-api.ts'
import { openLog, type ProcessLog } from './log.ts'
import { Reaching } from './reaching.ts'
import { Stopping } from './stopping.ts'
import { strangeQueues } from './strange-queues.ts'
import { startTracing } from './tracing.ts'
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
  const stopping = new Stopping(link)
  const log = await openLog(settings)
  const tally = startTally(systemEnv)
  const endTracing = await startTracing(settings)
  const isWatched = settings.http !== undefined || settings.dashboard
  const capture = isWatched ? startCapture({ env: systemEnv }) : undefined
  const reaching = new Reaching(systemEnv, settings.url, log)
  const answers = answersOf(() => stopping.worker, {
    held: () => reaching.away,
    ...(capture && { jobLog: ({ id }) => capture.of(id) }),
  })
  if (link !== undefined) answerOver(link, answers, systemEnv)
  // With processes beside it the supervisor asks all of them.
  const fleetHere = () =>
    link === undefined || wantedOf(settings).processes === 1
      ? fleetOfWorker(answers, systemEnv)
      : fleetOverLink(link, systemEnv)
  const serves = settings.http !== undefined && (link === undefined || livesInside(settings.url))
  // Whoever serves has somebody to tell that it waits; and whoever takes over from another has to be able to.
  const waits = settings.http !== undefined && link?.takesOver !== true
  const fleet = serves ? fleetOfWorker(answers, systemEnv) : undefined
  const opening = open(settings, fleet, log, reaching, waits)
  const opened = await Promise.race([opening, stopping.asked])
  if (opened === undefined) {
    // It holds nothing yet: what it is opening need not be waited for.
    reaching.giveUp()
    opening.catch(() => {})
    log.say(`stopped before it worked (${stopping.reason})`)
    return { code: exitCodes.ok.code, summary: tally() }
  }
  const { client, jobs, server } = opened
  for (const strange of strangeQueues(settings, jobs.handlers)) log.say(strange)
  const worker = await startOn(client, jobs, settings)
  stopping.meet(worker)
  keepStraysFromEndingUs()
  log.say(
    `fiber-work ${version} works ${client.url}: ${describe(jobs)}, ${worker.concurrency} at once, pid ${process.pid}${server === undefined ? '' : `, ${server.url}`}`,
  )
  if (server?.pageUrl !== undefined) log.say(`dashboard: ${server.pageUrl}`)
  await link?.send({ kind: 'up', graceMs: settings.graceMs, wanted: wantedOf(settings) })
  const openApi = () =>
    openLocalApi({ client, fleet: fleetHere(), definitions: new Definitions(jobs.handlers) }, settings)
  const dashboard = await showDashboard(
    settings,
    worker,
    openApi,
    log,
    (level) => {
      void link?.send({ kind: 'quit', level })
      stopping.raise(level, 'the dashboard was left')
    },
    link !== undefined && wantedOf(settings).processes > 1,
  )
  await worker.ended
  await dashboard?.closed
  await server?.close()
  await client.close()
  await letGoOfSingletons(log)
  capture?.end()
  await endTracing()
  const summary = tally()
  const why = worker.condemnedBy === undefined ? '' : ' after an uncaught exception'
  log.say(`stopped${why}${stopping.reason === undefined ? '' : ` (${stopping.reason})`}: ${summaryText(summary)}`)
  log.end()
  return { code: worker.condemnedBy === undefined ? exitCodes.ok.code : exitCodes.condemned.code, summary }
}

/** Pools, caches and the like that the handlers have shared. Nothing of it may keep the process. */
async function letGoOfSingletons(log: ProcessLog): Promise<void> {
  try {
    if (await within(systemEnv, defaults.disposeMs, disposeSingletons())) return
    log.say(`singletons were not disposed of within ${defaults.disposeMs} ms`)
  } catch (error) {
    const failures: unknown[] = error instanceof AggregateError ? error.errors : [error]
    for (const failure of failures)
      log.say(
        `a singleton could not be disposed of: ${redactText(failure instanceof Error ? failure.message : String(failure))}`,
      )
  }
}

interface Opened {
  client: Client
  jobs: LoadedJobs
  server: ApiServer | undefined
}

/** Everything that a worker needs before it takes a job. */
async function open(
  settings: Settings,
  fleet: Fleet | undefined,
  log: ProcessLog,
  reaching: Reaching,
  waits: boolean,
): Promise<Opened> {
  const jobs = await jobsFor(settings)
  const server = fleet && (await serveFleet(settings, fleet, log, reaching))
  await loadDrivers(settings.drivers)
  const { outbox } = settings
  const options = { ...connectOptionsOf(settings), ...(outbox !== undefined && { outbox }) }
  const toStore = () => connect(settings.url, options)
  const client = await reaching.reach(toStore, waits)
  if (fleet !== undefined) await server?.open({ client, fleet, definitions: new Definitions(jobs.handlers) })
  return { client, jobs, server }
}

async function jobsFor({ jobs, queues }: Settings): Promise<LoadedJobs> {
  const loaded = await loadJobs(jobs, process.cwd())
  const { handlers, files } = loaded
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
  return loaded
}

async function startOn(client: Client, { handlers, schedules }: LoadedJobs, settings: Settings): Promise<Worker> {
  try {
    return await client.work(handlers, { ...workOptions(settings, client), schedules })
  } catch (error) {
    await client.close()
    throw error
  }
}

function workOptions(settings: Settings, { driver }: Client): WorkOptions {
  const { concurrency, graceMs, stuckMs, beatMs, startSliceMs, resultBytesMax, queues } = settings
  const { isolation, threads, bootCanary, guardian, blockMsMax, stallMsMax, traceMode, http } = settings
  return {
    ownProcess: true,
    concurrency,
    graceMs,
    stuckMs,
    beatMs,
    startSliceMs,
    resultBytesMax,
    isolation,
    bootCanary,
    guardian,
    blockMsMax,
    stallMsMax,
    ...upkeepOptions(settings),
    history: settings.history ?? driver.ledger !== undefined,
    traceMode,
    metrics: http !== undefined,
    ...(queues !== undefined && { queues }),
    ...(threads !== undefined && { threads }),
  }
}

function upkeepOptions(settings: Settings): WorkOptions {
  const { keep, alertWaitMs, alertWebhook, alertWebhookSecret, alertWebhookPrivate } = settings
  return {
    alertWebhookPrivate,
    ...(keep && { keep }),
    ...(alertWaitMs !== undefined && { alertWaitMs }),
    ...(alertWebhook !== undefined && { alertWebhook }),
    ...(alertWebhookSecret !== undefined && { alertWebhookSecret }),
  }
}

function describe({ handlers, schedules }: LoadedJobs): string {
  const queues = new Set(handlers.map(({ queue }) => queue.name))
  const names = [...new Set(handlers.map(({ name }) => name))]
  const some = names.slice(0, 5).map(plain).join(', ') + (names.length > 5 ? ', …' : '')
  const timed = schedules.length === 0 ? '' : `, ${countOf(schedules.length, 'schedule')}`
  return `${countOf(handlers.length, 'job')} (${some}) in ${countOf(queues.size, 'queue')}${timed}`
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** While it works the worker deals with them; what comes when it has drained must not turn a clean end into a crash. */
function keepStraysFromEndingUs(): void {
  process.on('unhandledRejection', () => {})
  process.on('uncaughtException', () => {})
}
