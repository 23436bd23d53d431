import { connect } from '../../src/connect/connect.ts'
import type { Client } from '../../src/connect/client.ts'
import { idealMs } from '../measure/numbers.ts'
import { type Report, reportOf } from '../measure/report.ts'
import { Tally } from '../measure/tally.ts'
import { some, time } from '../measure/words.ts'
import { type Control, drive, fitting, obey } from '../run/drive.ts'
import { enqueueAll } from '../run/enqueue.ts'
import { everyState, ledgerOf, type RunPlace, temporaryStore } from '../run/store.ts'
import type { ServiceStats } from '../service/protocol.ts'
import { startService } from '../service/service.ts'
import { webhookJob, webhooksOf } from './webhook.ts'

export interface DemoOptions extends Control, RunPlace {
  /** 10,000 by default. */
  jobs: number
  /** 10,000 by default. */
  concurrency: number
  /** How long the service holds each request. */
  latencyMs: number
  /** Leave the jobs (and the temporary file) where they are. */
  keep: boolean
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
  const concurrency = fitting(options.concurrency, audience)
  using store = options.url === undefined ? temporaryStore() : undefined
  if (keep) store?.keep()
  await using service = await startService({ latencyMs })
  await using client = await connect(store?.url ?? options.url!, ledgerOf(options))
  // A store of the user's own may hold other queues: this one is ours alone.
  const queue = store === undefined ? `demo-${process.pid}-${Date.now().toString(36)}` : 'webhooks'
  const delivered = new Uint8Array(jobs)
  const { traits } = client.driver
  const handler = webhookJob({ queue, jobs, traits, delivered: (n) => delivered[n]!++ })
  await using worker = await client.work([handler], { concurrency, ownProcess: true, graceMs: latencyMs + 5_000 })
  worker.pause()
  await audience.opened?.(worker, client)
  obey(worker, options)
  const started = performance.now()
  const ids = await enqueueAll(client, handler, webhooksOf(jobs, service.origins), audience, options.stop)
  const enqueueMs = performance.now() - started
  const tally = new Tally(queue, () => latencyMs)
  const measured = await drive(worker, tally, jobs, options)
  const deliveries = countDeliveries(delivered.subarray(0, ids.length))
  const found = judge(ids.length, deliveries, await statesOf(client, queue, ids.length - deliveries.missing))
  const passed = found.lost + found.duplicated + found.dead + found.open === 0
  const report = reportOf(found, passed, idealOf(jobs, latencyMs, concurrency), measured, tally)
  const interrupted = options.stop.aborted
  if (!interrupted) await audience.finished?.(`${some(found.done, 'webhook')} delivered in ${time(measured.wallMs)}`)
  const stats = await service.stats()
  await worker.stop()
  const { name, inspector } = client.driver
  if (!keep && store === undefined && inspector !== undefined) await client.purge(queue, everyState)
  return {
    report,
    latencyMs,
    concurrency,
    enqueueMs,
    service: stats,
    store: { driver: name, durable: traits.durable },
    ...(keep && store !== undefined && { kept: store.path }),
    interrupted,
  }
}

function idealOf(jobs: number, latencyMs: number, concurrency: number): number {
  const need = { chainMs: latencyMs, slotMs: latencyMs, loopMs: 0 }
  return idealMs(
    Array.from({ length: jobs }, () => need),
    concurrency,
  )
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

interface States {
  done: number
  dead: number
  /** Neither: they wait, or run. */
  open: number
}

/** A store without history forgets what is done: there the service's word counts. */
async function statesOf(client: Client, queue: string, received: number): Promise<States> {
  const [depth] = await client.depth([queue])
  if (depth === undefined) return { done: 0, dead: 0, open: 0 }
  const { dead, cancelled, quarantined, ready, delayed, running, blocked } = depth
  const done = client.driver.traits.history ? depth.done : received
  return { done, dead: dead + cancelled + quarantined, open: ready + delayed + running + blocked }
}

/** A job that nobody received and that is neither dead nor open is lost; so is one that the store does not know. */
function judge(jobs: number, { missing, twice }: { missing: number; twice: number }, states: States) {
  const { done, dead, open } = states
  return { jobs, ...states, lost: Math.max(0, missing - dead - open, jobs - done - dead - open), duplicated: twice }
}
