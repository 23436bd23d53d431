import { on } from '../base/emit.ts'
import { type Env, sleep, systemEnv } from '../base/env.ts'
import type { Client } from '../connect/client.ts'
import { connect } from '../connect/connect.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { LogLevel } from '../contract/events.ts'
import { type JobRecord, type JobState, tenantHeader } from '../contract/job.ts'
import { readResult } from '../engine/result.ts'
import { open } from '../job/codec.ts'
import type { Handler, Inputs } from '../job/definition.ts'
import type { EnqueueOptions, Middleware } from '../job/options.ts'
import { peekFiber } from '../sandbox/storage.ts'
import { hear, type HeardEvent } from './heard.ts'
import { defined, driven, type Setting, type SettingOptions, settingOf } from './setting.ts'

export interface RunJobOptions extends Omit<EnqueueOptions, 'delayMs' | 'runAt' | 'keep'>, SettingOptions {
  /** Around the attempt, as a worker's own middleware. */
  use?: Middleware[]
  /** Cancel the job after this time: does the handler stop when its signal is aborted? */
  cancelAfterMs?: number
}

export interface LogLine {
  level: LogLevel
  message: string
  fields: Record<string, unknown> | undefined
}

/** A job that rode on the verdict. */
export interface FollowUp {
  id: string
  name: string
  queue: string
  group: string | undefined
  tenant: string | undefined
  input: unknown
  /** Until it may start; 0 at once. */
  dueInMs: number
}

/** What one attempt came to. */
export interface JobRun<Result> {
  id: string
  /** `done`, `dead`, `cancelled`; `delayed` (or `ready`, without a delay) when it is to be tried again. */
  state: JobState
  /** What the handler returned, as it comes back from the store; only when done. */
  result: Result | undefined
  /** What the handler threw, the very object. */
  error: unknown
  /** What the store keeps of a failure: the error or the reason, as text. */
  reason: string | undefined
  /** Attempts that count: 0 after a `Snooze`. */
  attempts: number
  /** Until the next attempt; undefined when there is none. */
  dueInMs: number | undefined
  followUps: FollowUp[]
  log: LogLine[]
  /** The last value given to `job.progress`. */
  progress: unknown
  /** Calls through a facade that the handler started and did not await. */
  zombies: string[]
  /** Every event of the attempt, in order, without what changes from run to run. */
  heard: HeardEvent[]
}

/**
 * Run one attempt of a handler, in a real sandbox, on a memory store of its own: schema, middleware, timeout, signal, cleanups
 * and verdict are those of a worker. It never runs twice. Throws what an enqueue throws (`FW_INPUT_INVALID`, …).
 */
export async function runJob<In, Data, Result>(
  handler: Handler<In, Data, Result>,
  ...[input, options = {}]: Inputs<NoInfer<In>, RunJobOptions>
): Promise<JobRun<Result>> {
  const { http, services, scope, time, use = [], cancelAfterMs, ...enqueueOptions } = options
  const setting = settingOf(defined({ http, services, scope, time }))
  const env = setting.clock ?? stoppedClock()
  try {
    await using client = await connect('memory:', { env, ...setting.pace.connect })
    const { id } = await client.enqueue<In, Data, Result>(handler, ...([input, { ...enqueueOptions, keep }] as never))
    const seen = watch(id, env, async () => client.pause(handler.queue.name), setting)
    const worker = await client.work([handler], {
      use: [setting.middleware, seen.middleware, ...use],
      ...setting.pace.work,
      ...(cancelAfterMs !== undefined && setting.clock !== undefined && { beatMs: beatFor(cancelAfterMs) }),
      // On the test's own thread, so that it sees what the test has put in place.
      threads: 0,
      ...(http !== undefined && { http }),
    })
    try {
      if (cancelAfterMs !== undefined) void cancelIn(cancelAfterMs, env, client, id, seen.over)
      await (time === 'fake' ? driven(setting, seen.ended) : seen.ended)
    } finally {
      await driven(setting, worker.stop({ graceMs: 0 }))
      seen.stop()
    }
    return await runOf<Result>(client, id, seen)
  } finally {
    setting.end()
  }
}

const keep = { count: 1_000, ageMs: 86_400_000 }

/** A cancellation arrives with a beat: soon enough after it was made, and not so often that hours take long. */
const beatFor = (ms: number): number => Math.min(60_000, Math.max(10, ms / 4))

/** The wall clock stands still, so that a delay reads back as it was given. */
function stoppedClock(): Env {
  const atMs = systemEnv.nowMs()
  return { ...systemEnv, nowMs: () => atMs }
}

async function cancelIn(ms: number, env: Env, client: Client, id: string, over: AbortSignal): Promise<void> {
  await sleep(env, ms, over)
  if (!over.aborted) await client.cancel([id])
}

async function runOf<Result>(client: Client, id: string, seen: Watched): Promise<JobRun<Result>> {
  const { jobs } = await client.list({}, { limit: 1_000 })
  const record = jobs.find(({ job }) => job.id === id)
  if (record === undefined) throw new FiberWorkError('FW_JOB_UNKNOWN', `There is no record of the job ${id}.`)
  const { log, zombies, ears, error, endedAtMs } = seen
  const others = jobs.filter(({ job }) => job.id !== id)
  return {
    ...outcomeOf<Result>(record, endedAtMs),
    error,
    followUps: others.map((one) => followUpOf(one, endedAtMs)).toReversed(),
    log,
    zombies,
    progress: seen.progress ?? (record.progress === undefined ? undefined : JSON.parse(record.progress)),
    heard: ears.heard,
  }
}

type Watched = ReturnType<typeof watch>

/** Everything that is told of one attempt while it runs. `started` is called before its first line. */
function watch(id: string, env: Env, started: () => Promise<void>, setting: Setting) {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const end = new AbortController()
  const log: LogLine[] = []
  const zombies: string[] = []
  const ears = hear((job) => job === id)
  const seen = {
    ended,
    over: end.signal,
    log,
    zombies,
    ears,
    endedAtMs: 0,
    error: undefined as unknown,
    progress: undefined as unknown,
    middleware: (async (_job, next) => {
      try {
        return await next()
      } catch (error) {
        seen.error = error
        throw error
      } finally {
        const text = peekFiber()?.progress
        if (text !== undefined) seen.progress = JSON.parse(text)
      }
    }) satisfies Middleware,
    stop() {
      ears.stop()
      for (const unsubscribe of off) unsubscribe()
    },
  }
  const off = [
    on('job.started', (event) => {
      if (event.id === id) void started()
    }),
    on('job.log', ({ id: of, level, message, fields }) => {
      if (of === id) log.push({ level, message, fields })
    }),
    on('job.zombie', ({ id: of, left }) => {
      if (of === id) zombies.push(...left)
    }),
    on('job.ended', (event) => {
      if (event.id !== id) return
      seen.endedAtMs = env.nowMs()
      setting.stopTime()
      end.abort()
      resolve()
    }),
  ]
  return seen
}

function outcomeOf<Result>(record: JobRecord, nowMs: number) {
  const { job, state, attempts, error, result, dueAtMs } = record
  const waits = state === 'delayed' || state === 'ready'
  return {
    id: job.id,
    state,
    result: state === 'done' ? (readResult(result) as Result | undefined) : undefined,
    reason: state === 'done' ? undefined : error,
    attempts,
    dueInMs: waits ? Math.max(0, (dueAtMs ?? 0) - nowMs) : undefined,
  }
}

function followUpOf({ job, dueAtMs }: JobRecord, nowMs: number): FollowUp {
  const { id, name, queue, group, headers, body } = job
  const dueInMs = dueAtMs === undefined ? 0 : Math.max(0, dueAtMs - nowMs)
  return { id, name, queue, group, tenant: headers?.[tenantHeader], input: open(body).input, dueInMs }
}
