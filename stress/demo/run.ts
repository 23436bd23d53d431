import { connect } from '../../src/connect/connect.ts'
import type { Client } from '../../src/connect/client.ts'
import type { Worker } from '../../src/worker/worker.ts'
import { type Measured, Meter } from '../measure/meter.ts'
import { idealMs } from '../measure/numbers.ts'
import type { Report } from '../measure/report.ts'
import { Tally } from '../measure/tally.ts'
import { type Audience, narrate } from '../run/audience.ts'
import { enqueueAll } from '../run/enqueue.ts'
import { temporaryStore } from '../run/store.ts'
import { socketsAllowed } from '../service/descriptors.ts'
import type { ServiceStats } from '../service/protocol.ts'
import { startService } from '../service/service.ts'
import { webhookJob, webhooksOf } from './webhook.ts'

export interface DemoOptions {
  /** 10,000 by default. */
  jobs: number
  /** 10,000 by default. */
  concurrency: number
  /** How long the service holds each request. */
  latencyMs: number
  /** Another store than a temporary SQLite file. */
  url?: string
  /** Leave the jobs (and the temporary file) where they are. */
  keep: boolean
  audience: Audience
  /** The first abort lets what runs finish and takes nothing more; `hurry` gives it back at once. */
  stop: AbortSignal
  hurry: AbortSignal
}

/** What the summary tells, beyond what `--json` prints. */
export interface DemoResult {
  report: Report
  latencyMs: number
  concurrency: number
  enqueueMs: number
  service: ServiceStats
  store: { driver: string; durable: string }
  /** The file that was kept. */
  kept?: string
  interrupted: boolean
}

/** Ten thousand slow HTTP calls at once: the whole product in one run. Leaves no process and no file behind. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { audience, jobs, latencyMs, keep } = options
  const concurrency = within(options.concurrency, audience)
  const store = options.url === undefined ? temporaryStore() : undefined
  using _store = store
  if (keep) store?.keep()
  await using service = await startService({ latencyMs })
  await using client = await connect(store?.url ?? options.url!)
  // A store of the user's own may hold other queues: this one is ours alone.
  const queue = store === undefined ? `demo-${process.pid}-${Date.now().toString(36)}` : 'webhooks'
  const delivered = new Uint8Array(jobs)
  const handler = webhookJob(queue, jobs, (n) => delivered[n]!++)
  await using worker = await client.work([handler], { concurrency, ownProcess: true, graceMs: latencyMs + 5_000 })
  worker.pause()
  await audience.opened?.(worker)
  obey(worker, options)
  const started = performance.now()
  await enqueueAll(client, handler, webhooksOf(jobs, service.origins), audience, options.stop)
  const enqueueMs = performance.now() - started
  const tally = new Tally(queue, () => latencyMs)
  const measured = await work(worker, tally, options)
  const account = { ...countDeliveries(delivered), ...(await statesOf(client, queue)) }
  const report = reportOf(options, concurrency, tally, measured, account)
  const interrupted = options.stop.aborted
  if (!interrupted) await audience.finished?.(`${jobs} webhooks delivered`)
  const stats = await service.stats()
  await worker.stop()
  if (!keep && store === undefined)
    await client.purge(queue, ['ready', 'delayed', 'done', 'dead', 'cancelled', 'quarantined'])
  const { name, traits } = client.driver
  return {
    report,
    latencyMs,
    concurrency,
    enqueueMs,
    service: stats,
    interrupted,
    store: { driver: name, durable: traits.durable },
    ...(keep && store !== undefined && { kept: store.path }),
  }
}

/** The concurrency that the descriptor limit carries: each job in flight is a socket. Raises no limit; warns instead. */
function within(asked: number, audience: Audience): number {
  const allowed = socketsAllowed()
  if (allowed === undefined || asked <= allowed.sockets) return asked
  audience.warn?.(
    `this process may open ${allowed.limit} files, so ${allowed.sockets} jobs run at once instead of ${asked}; ` +
      '`ulimit -n` raises it',
  )
  return allowed.sockets
}

function obey(worker: Worker, { stop, hurry }: DemoOptions): void {
  const end = () => void worker.stop({ reason: 'the demo was interrupted' })
  if (stop.aborted) end()
  stop.addEventListener('abort', end, { once: true })
  hurry.addEventListener('abort', end, { once: true })
}

async function work(worker: Worker, tally: Tally, { audience, jobs }: DemoOptions): Promise<Measured> {
  const end = narrate(audience, () => ({
    phase: 'working',
    count: tally.ended,
    of: jobs,
    inFlight: tally.inFlight,
    retried: tally.retried,
  }))
  const meter = new Meter()
  worker.resume()
  try {
    await worker.idle({ delayed: true })
    return meter.end()
  } finally {
    end()
    tally.detach()
  }
}

function countDeliveries(delivered: Uint8Array): { missing: number; twice: number } {
  let missing = 0
  let twice = 0
  for (const times of delivered) {
    if (times === 0) missing++
    else if (times > 1) twice++
  }
  return { missing, twice }
}

async function statesOf(client: Client, queue: string): Promise<{ done: number; dead: number; open: number }> {
  const [depth] = await client.depth([queue])
  if (depth === undefined) return { done: 0, dead: 0, open: 0 }
  const { done, dead, cancelled, quarantined, ready, delayed, running, blocked } = depth
  return { done, dead: dead + cancelled + quarantined, open: ready + delayed + running + blocked }
}

type Account = { missing: number; twice: number; done: number; dead: number; open: number }

function reportOf(
  options: DemoOptions,
  concurrency: number,
  tally: Tally,
  measured: Measured,
  account: Account,
): Report {
  const { jobs, latencyMs } = options
  const need = { chainMs: latencyMs, slotMs: latencyMs, loopMs: 0 }
  // A dead job is one that nobody received: it is missing from the deliveries, and not lost.
  const lost = Math.max(account.missing - account.dead, jobs - account.done - account.dead)
  return {
    jobs,
    done: account.done,
    retried: tally.retried,
    dead: account.dead,
    lost,
    duplicated: account.twice,
    ...measured,
    idealMs: idealMs(
      Array.from({ length: jobs }, () => need),
      concurrency,
    ),
    jobsPerSecond: (tally.ended / measured.wallMs) * 1_000,
    overheadMs: tally.overheadMs(),
    inFlightPeak: tally.inFlightPeak,
    verdict: lost === 0 && account.twice === 0 && account.dead === 0 ? 'passed' : 'failed',
  }
}
