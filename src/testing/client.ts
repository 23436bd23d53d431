import { on } from '../base/emit.ts'
import { type Env, sleep, systemEnv } from '../base/env.ts'
import type { Client } from '../connect/client.ts'
import { connect, type ConnectOptions } from '../connect/connect.ts'
import type { WorkOptions } from '../connect/work.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Events } from '../contract/events.ts'
import type { JobFilter } from '../contract/inspector.ts'
import type { JobRecord, JobState } from '../contract/job.ts'
import { open } from '../job/codec.ts'
import type { AnyHandler, Definition } from '../job/definition.ts'
import type { Worker } from '../worker/worker.ts'

export interface TestClientOptions extends Omit<ConnectOptions, 'env'> {
  /** How the workers of `drain()` work: `http` for a client that answers from the test, `use` for middleware. */
  work?: WorkOptions
}

export interface DrainOptions {
  /** Also what is delayed, retries among it: the store's clock is moved on, nobody waits. Default false. */
  delays?: boolean
  /** More attempts than this are a job that never comes to an end, and an error. Default 10,000. */
  attemptsMax?: number
}

/** How the attempts of one `drain()` ended. */
export interface Drained {
  attempts: number
  done: number
  retried: number
  released: number
  dead: number
  cancelled: number
  quarantined: number
}

/** A job as it was enqueued, its input opened. */
export interface EnqueuedJob<In> {
  id: string
  input: In
  state: JobState
  record: JobRecord
}

/** A client on a memory store of its own, for tests: nothing runs until `drain()`. */
export interface TestClient extends Client {
  /** Runs what is enqueued, and what that enqueues, until nothing of the handlers' queues is ready. Paused queues are left alone. */
  drain(options?: DrainOptions): Promise<Drained>
  /** Move the store's clock on: what is delayed until then becomes ready, `keep` lets go of what is too old. */
  skip(ms: number): void
  /** What was enqueued of a definition, oldest first, whatever became of it. */
  enqueued<In, Data, Result>(definition: Definition<In, Data, Result>): Promise<EnqueuedJob<In>[]>
  /** Every job that the store knows, oldest first. */
  all(filter?: JobFilter): Promise<JobRecord[]>
}

/** Wall time runs as it does outside, and can be moved on; all other time is the real one, so that real I/O works as ever. */
interface MovableClock extends Env {
  skip(ms: number): void
}

const pollMs = 2

/**
 * A client for the tests of code that enqueues, and of handlers together: on a memory store of its own, without a server.
 * Enqueue through it (it is a `Client`), look at what was enqueued, then `drain()` with these handlers.
 */
export async function testClient(
  handlers: readonly AnyHandler[] = [],
  options: TestClientOptions = {},
): Promise<TestClient> {
  const { work, ...connectOptions } = options
  const clock = movableClock()
  const client = await connect('memory:', { ...connectOptions, env: clock })
  const all = (filter: JobFilter = {}) => everyJob(client, filter)
  return Object.assign(client, {
    drain: (drainOptions: DrainOptions = {}) =>
      drain(client, clock, handlers, { beatMs: 10, threads: 0, ...work }, drainOptions),
    skip: (ms: number) => clock.skip(ms),
    all,
    async enqueued<In, Data, Result>({ name, queue }: Definition<In, Data, Result>) {
      const records = await all({ name, queue: queue.name })
      return records.map((record): EnqueuedJob<In> => {
        const input = open(record.job.body).input as In
        return { id: record.job.id, input, state: record.state, record }
      })
    },
  })
}

function movableClock(): MovableClock {
  let skippedMs = 0
  return {
    ...systemEnv,
    nowMs: () => systemEnv.nowMs() + skippedMs,
    skip(ms) {
      if (!Number.isFinite(ms) || ms < 0)
        throw new FiberWorkError('FW_CONFIG_INVALID', `skip takes milliseconds ≥ 0, not ${ms}.`)
      skippedMs += ms
    },
  }
}

async function everyJob(client: Client, filter: JobFilter): Promise<JobRecord[]> {
  const records: JobRecord[] = []
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await client.list(filter, { limit: 1_000, ...(cursor !== undefined && { cursor }) })
    records.push(...page.jobs)
    cursor = page.cursor
  }
  return records.toReversed()
}

/** A worker for each stretch between two moves of the clock: none is there to see time jump. */
async function drain(
  client: Client,
  clock: MovableClock,
  handlers: readonly AnyHandler[],
  work: WorkOptions,
  { delays = false, attemptsMax = 10_000 }: DrainOptions,
): Promise<Drained> {
  const drained: Drained = { attempts: 0, done: 0, retried: 0, released: 0, dead: 0, cancelled: 0, quarantined: 0 }
  if (handlers.length === 0) return drained
  for (;;) {
    await workOnce(client, handlers, work, attemptsMax, drained)
    const dueAtMs = delays ? await nextDueAtMs(client, handlers) : undefined
    if (dueAtMs === undefined) return drained
    clock.skip(Math.max(0, dueAtMs - clock.nowMs()))
  }
}

async function workOnce(
  client: Client,
  handlers: readonly AnyHandler[],
  work: WorkOptions,
  attemptsMax: number,
  drained: Drained,
): Promise<void> {
  let worker: Worker | undefined
  const early: Events['job.ended'][] = []
  const count = ({ worker: session, verdict }: Events['job.ended']) => {
    if (session !== worker?.session) return
    drained.attempts++
    drained[totals[verdict]]++
  }
  const off = on('job.ended', (event) => (worker === undefined ? void early.push(event) : count(event)))
  try {
    worker = await client.work(handlers, work)
    early.forEach(count)
    const queues = [...new Set(handlers.map(({ queue }) => queue.name))]
    while (!(await isQuiet(client, queues))) {
      if (drained.attempts > attemptsMax) throw endless(attemptsMax)
      await sleep(systemEnv, pollMs)
    }
  } finally {
    await worker?.stop({ graceMs: 0 })
    off()
  }
  if (drained.attempts > attemptsMax) throw endless(attemptsMax)
}

const totals = {
  done: 'done',
  retry: 'retried',
  release: 'released',
  dead: 'dead',
  cancelled: 'cancelled',
  quarantined: 'quarantined',
} as const

function endless(attemptsMax: number): FiberWorkError {
  return new FiberWorkError(
    'FW_RESULT_TIMEOUT',
    `drain() saw more than ${attemptsMax} attempts (\`attemptsMax\`); does a job snooze for ever?`,
  )
}

async function isQuiet(client: Client, queues: string[]): Promise<boolean> {
  const depths = await client.depth(queues)
  return depths.every(({ ready, running, paused }) => running === 0 && (ready === 0 || paused))
}

async function nextDueAtMs(client: Client, handlers: readonly AnyHandler[]): Promise<number | undefined> {
  const known = new Set(handlers.map(({ name, queue }) => `${queue.name}/${name}`))
  const paused = new Set((await client.depth()).filter((depth) => depth.paused).map(({ queue }) => queue))
  const delayed = await everyJob(client, { states: ['delayed'] })
  const due = delayed
    .filter(({ job }) => known.has(`${job.queue}/${job.name}`) && !paused.has(job.queue))
    .map(({ dueAtMs = 0 }) => dueAtMs)
  return due.length === 0 ? undefined : Math.min(...due)
}
