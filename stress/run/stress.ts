import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../src/connect/client.ts'
import { connect } from '../../src/connect/connect.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { JobState } from '../../src/contract/job.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import { ledgerHelps } from '../../src/job/fits.ts'
import { account, type Entry } from '../history/account.ts'
import { kinds } from '../jobs/index.ts'
import type { Dice, Plan, World } from '../jobs/kind.ts'
import { leaksLastMs } from '../jobs/leak.ts'
import { type Mix, plansOf, seeded } from '../jobs/mix.ts'
import { idealMs } from '../measure/numbers.ts'
import { type Report, reportOf } from '../measure/report.ts'
import { Tally } from '../measure/tally.ts'
import { some, time } from '../measure/words.ts'
import { startService } from '../service/service.ts'
import { type Control, drive, fitting, obey } from './drive.ts'
import { everyState, ledgerOf, type RunPlace, temporaryStore } from './store.ts'

/** Jobs that are enqueued at once. */
const chunk = 2_000
/** Records that are asked for at once. */
const findMax = 500

export interface StressOptions extends Control, RunPlace {
  jobs: number
  concurrency: number
  latencyMs: number
  mix: Mix
  /** The same seed draws the same jobs. */
  seed: number
}

export interface StressResult {
  report: Report
  /** A line for each job that is not in order, and for each breach of isolation. */
  problems: string[]
  /** How many jobs of each kind there were. */
  counts: Record<string, number>
  stuck: number
  zombies: number
  strays: number
  store: string
  interrupted: boolean
}

/** Good and bad jobs side by side on one engine, and a verdict: each one accounted for exactly once, or which were not. */
export async function runStress(options: StressOptions): Promise<StressResult> {
  const { audience, jobs, latencyMs, stop } = options
  const concurrency = fitting(options.concurrency, audience)
  using store = options.url === undefined ? temporaryStore() : undefined
  await using service = await startService({ latencyMs })
  await using client = await connect(options.url ?? store!.url, ledgerOf(options))
  if (client.driver.inspector === undefined) throw cannotLook(client.driver.name)
  const run = planned(options, service.origins)
  await using worker = await client.work(run.handlers, { concurrency, ownProcess: true, graceMs: latencyMs + 5_000 })
  worker.pause()
  await audience.opened?.(worker, client)
  obey(worker, options)
  const ids = await enqueuePlans(client, run, options)
  const numbers = new Map(ids.map((id, n) => [id, n]))
  const tally = new Tally(run.queue, (id) => run.plans[numbers.get(id) ?? -1]?.plannedMs)
  const measured = await drive(worker, tally, jobs, options)
  // What was left behind comes out only now, and must not find a process without its owner.
  await sleep(leaksLastMs)
  const interrupted = stop.aborted
  const found = account(entriesOf(run, ids, await statesOf(client, ids)))
  const problems = [...run.breaches, ...found.problems]
  const ideal = idealMs(
    run.plans.map((plan) => plan.need),
    concurrency,
  )
  if (!interrupted)
    await audience.finished?.(`${some(found.done + found.dead, 'job')} ended in ${time(measured.wallMs)}`)
  await worker.stop()
  if (store === undefined) await client.purge(run.queue, everyState)
  return {
    report: reportOf({ jobs, ...found }, problems.length === 0, ideal, measured, tally),
    problems,
    counts: countKinds(run.plans),
    stuck: tally.stuck,
    zombies: tally.zombies,
    strays: tally.strays,
    store: client.driver.name,
    interrupted,
  }
}

/** The verdict is about what became of each job. */
function cannotLook(driver: string): FiberWorkError {
  const message = `The ${driver} driver cannot look at single jobs (facet \`inspector\`), and this verdict needs to. ${ledgerHelps} \`fiber-work demo\` runs without.`
  return new FiberWorkError('FW_DRIVER_TRAIT', message)
}

function countKinds(plans: Plan[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of plans) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

interface Run {
  queue: string
  plans: Plan[]
  handlers: AnyHandler[]
  /** How often each job's handler was entered: written by the handlers, read by nobody else before the end. */
  executions: Uint16Array
  breaches: string[]
}

function planned({ jobs, latencyMs, mix, seed, url }: StressOptions, origins: readonly string[]): Run {
  const random = seeded(seed)
  const dice: Dice = { random, latencyMs, origin: () => origins[Math.floor(random() * origins.length)]! }
  // A store of the user's own may hold other queues: this one is ours alone.
  const queue = url === undefined ? 'stress' : `stress-${process.pid}-${Date.now().toString(36)}`
  const executions = new Uint16Array(jobs)
  const breaches: string[] = []
  const world: World = {
    queue,
    keepMax: jobs,
    began: (n) => void executions[n]!++,
    broken: (n, what) => void breaches.push(`#${n}: ${what}`),
  }
  const handlers = Object.keys(mix).flatMap((kind) => kinds[kind]!.handlers(world))
  return { queue, plans: plansOf(mix, jobs, dice), handlers, executions, breaches }
}

/** All of them, through the door for single jobs: what the producer makes of that is part of the test. Answers their ids. */
async function enqueuePlans(client: Client, run: Run, { audience, stop }: StressOptions): Promise<string[]> {
  const byName = new Map(run.handlers.map((handler) => [handler.name, handler]))
  const ids: string[] = []
  for (let start = 0; start < run.plans.length && !stop.aborted; start += chunk) {
    const plans = run.plans.slice(start, start + chunk)
    const sent = await Promise.all(plans.map(({ job, input }) => client.enqueue(byName.get(job)!, input)))
    ids.push(...sent.map(({ id }) => id))
    audience.progress?.({ phase: 'enqueueing', count: ids.length, of: run.plans.length, inFlight: 0, retried: 0 })
  }
  return ids
}

/** What the store says of each job. */
async function statesOf(client: Client, ids: string[]): Promise<(JobState | undefined)[]> {
  const states: (JobState | undefined)[] = []
  for (let start = 0; start < ids.length; start += findMax) {
    const records = await client.find(ids.slice(start, start + findMax))
    for (const record of records) states.push(record?.state)
  }
  return states
}

function entriesOf({ plans, executions }: Run, ids: string[], states: (JobState | undefined)[]): Entry[] {
  return ids.map((id, n) => {
    const { kind, input, expect } = plans[n]!
    return { name: `#${n} ${kind} (${input.variant}) ${id}`, expect, executions: executions[n]!, state: states[n] }
  })
}
