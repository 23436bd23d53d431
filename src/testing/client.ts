import { type Env, systemEnv } from '../base/env.ts'
import { Client } from '../connect/client.ts'
import { connect, type ConnectOptions } from '../connect/connect.ts'
import type { JobHandle } from '../connect/handle.ts'
import type { WorkOptions } from '../connect/work.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { JobFilter } from '../contract/inspector.ts'
import { type JobRecord, type JobState, tenantHeader } from '../contract/job.ts'
import type { AnyHandler, Definition } from '../job/definition.ts'
import { drain, type Drained, type Draining, type DrainOptions } from './drain.ts'
import { everyJob } from './every-job.ts'
import { hear, type HeardEvent } from './heard.ts'
import { defined, driven, type Setting, type SettingOptions, settingOf } from './setting.ts'

export interface TestClientOptions extends Omit<ConnectOptions, 'env'>, SettingOptions {
  /** How the workers of `drain()` work: `use` for middleware, `concurrency`, … */
  work?: WorkOptions
}

/** A job as it was enqueued, its input opened. */
export interface EnqueuedJob<In> {
  id: string
  input: In
  group: string | undefined
  tenant: string | undefined
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
  /** Every event of the jobs that ran here, in order, without what changes from run to run. */
  readonly heard: readonly HeardEvent[]
  /** Every job that the store knows, oldest first. */
  all(filter?: JobFilter): Promise<JobRecord[]>
}

/** Wall time runs as it does outside, and can be moved on; all other time is the real one, so that real I/O works as ever. */
interface MovableClock extends Env {
  skip(ms: number): void
}

/**
 * A client for the tests of code that enqueues, and of handlers together: on a memory store of its own, without a server.
 * Enqueue through it (it is a `Client`), look at what was enqueued, then `drain()` with these handlers.
 */
export async function testClient(
  handlers: readonly AnyHandler[] = [],
  options: TestClientOptions = {},
): Promise<TestClient> {
  const { work = {}, http, services, scope, time, ...connectOptions } = options
  const setting = settingOf(defined({ http: http ?? work.http, services, scope, time }))
  const clock = setting.clock ?? movableClock()
  const client = await connect('memory:', { ...setting.pace.connect, ...connectOptions, env: clock })
  const ears = earsOf()
  const draining: Draining = {
    client,
    handlers,
    clock,
    setting,
    begun: (session) => ears.sessions.add(session),
    work: {
      ...setting.pace.work,
      threads: 0,
      ...work,
      ...(http !== undefined && { http }),
      use: [setting.middleware, ...(work.use ?? [])],
    },
  }
  const all = (filter: JobFilter = {}) => everyJob(client, filter)
  const extras = {
    drain: (drainOptions: DrainOptions = {}) => drain(draining, drainOptions),
    skip: (ms: number) => clock.skip(ms),
    all,
    enqueued: async <In, Data, Result>({ name, queue }: Definition<In, Data, Result>) =>
      (await all({ name, queue: queue.name })).map((record) => enqueuedJob<In>(record, client)),
    async close() {
      await driven(setting, Client.prototype.close.call(client))
      ears.stop()
      setting.end()
    },
  }
  if (setting.clock !== undefined) waitInFakeTime(client, setting)
  return Object.defineProperty(Object.assign(client, extras), 'heard', { get: () => ears.heard }) as TestClient
}

/** A result is looked for now and then: who waits for it moves the clock on. */
function waitInFakeTime(client: Client, setting: Setting): void {
  const patient = <H extends JobHandle<unknown>>(handle: H): H => {
    const result = handle.result.bind(handle)
    return Object.assign(handle, { result: (options?: { timeoutMs?: number }) => driven(setting, result(options)) })
  }
  const { enqueue, enqueueMany, job } = Client.prototype
  Object.assign(client, {
    enqueue: async (...given: Parameters<typeof enqueue>) => patient(await enqueue.apply(client, given)),
    enqueueMany: async (...given: Parameters<typeof enqueueMany>) =>
      (await enqueueMany.apply(client, given)).map(patient),
    job: (id: string) => patient(job.call(client, id)),
  })
}

/** Events of the jobs that these sessions have run. */
function earsOf() {
  const sessions = new Set<string>()
  const jobs = new Set<string>()
  const ears = hear((job, worker) => {
    if (job === undefined) return false
    if (worker !== undefined && sessions.has(worker)) jobs.add(job)
    return jobs.has(job)
  })
  return {
    sessions,
    stop: ears.stop,
    get heard() {
      return ears.heard
    },
  }
}

function enqueuedJob<In>(record: JobRecord, client: Client): EnqueuedJob<In> {
  const { id, group, headers } = record.job
  const input = client.content(record).input as In
  return { id, input, group, tenant: headers?.[tenantHeader], state: record.state, record }
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
