import type { Env } from '../base/env.ts'
import type { Driver, QueueDepth } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { GroupDepth, Inspector, JobFilter, JobPage, PageRequest, SessionRecord } from '../contract/inspector.ts'
import type { Added, JobRecord, JobState, StoredJob } from '../contract/job.ts'
import type { History, HistoryRequest } from '../contract/history.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits } from '../contract/limits.ts'
import { ledgerHelps } from '../job/fits.ts'
import { checkLimits } from '../job/limit-checks.ts'
import type { Outbox, OutboxState } from '../contract/outbox.ts'
import type { AnyHandler, Definition, Inputs } from '../job/definition.ts'
import { contentOf, type JobContent } from '../job/content.ts'
import type { Keyring } from '../job/keyring.ts'
import type { EnqueueOptions } from '../job/options.ts'
import { readHistory } from '../observe/history/read.ts'
import { Producer } from '../producer/producer.ts'
import { ledgerFor } from '../worker/upkeep.ts'
import type { Worker } from '../worker/worker.ts'
import { JobHandle, SentJob } from './handle.ts'
import { ResultWaiter } from './results.ts'
import { Schedules } from './schedules.ts'
import type { WorkOptions } from './work.ts'

export interface ClientParts {
  env: Env
  driver: Driver
  /** Without its password. */
  url: string
  bodyBytesMax: number
  /** `producer` is the client's own: what a worker enqueues besides its verdicts goes through it. */
  work: (handlers: readonly AnyHandler[], options: WorkOptions, producer: Producer) => Promise<Worker>
  outbox?: Outbox
  /** Of encrypted inputs and results. */
  keys?: Keyring
}

/** One connection to one store: it enqueues, asks and acts, and starts workers. Made by `connect`. */
export class Client implements AsyncDisposable {
  readonly #parts: ClientParts
  readonly #producer: Producer
  readonly #results: ResultWaiter
  readonly #workers = new Set<Worker>()
  /** What is enqueued by itself, at certain times. */
  readonly schedules: Schedules
  #closed: Promise<void> | undefined

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.#producer = new Producer(parts)
    const changed = () => this.#workers.forEach((worker) => worker.wakeSchedules())
    const { env, driver, keys } = parts
    this.schedules = new Schedules({ env, driver, producer: this.#producer, keys, changed })
    parts.outbox?.start({
      send: (jobs) => this.#producer.enqueueStored(jobs),
      batchMax: parts.driver.traits.batchMax,
    })
    this.#results = new ResultWaiter(env, () => this.#inspector, keys)
  }

  /** Without its password. */
  get url(): string {
    return this.#parts.url
  }
  /** For what this class has no verb for; `traits` tells what the store can do. */
  get driver(): Driver {
    return this.#parts.driver
  }

  /**
   * Enqueue one job; many calls at once become one call to the store. Throws `FW_INPUT_INVALID`, `FW_INPUT_NOT_JSON`,
   * `FW_JOB_INVALID`, `FW_NAME_INVALID`, `FW_BODY_TOO_LARGE`, `FW_QUEUE_FULL`, and what the store answers.
   */
  async enqueue<In, Data, Result>(
    definition: Definition<In, Data, Result>,
    ...[input, options]: Inputs<NoInfer<In>, EnqueueOptions>
  ): Promise<SentJob<Result>> {
    return new SentJob(await this.#producer.enqueue(definition, input, options), this, this.#results)
  }

  /** Enqueue many in few calls; one answer an item, in order. An item may be `full`. Options hold for all of them. */
  async enqueueMany<In, Data, Result>(
    definition: Definition<In, Data, Result>,
    inputs: Iterable<NoInfer<In>>,
    options?: Omit<EnqueueOptions, 'id'>,
  ): Promise<SentJob<Result>[]> {
    const added = await this.#producer.enqueueMany(definition, inputs, options)
    return added.map((one) => new SentJob(one, this, this.#results))
  }

  /**
   * Check and seal a job without enqueueing it: for a SQL driver's `within(tx)`, which writes it in a transaction of your own.
   * Throws what `enqueue` throws.
   */
  prepare<In, Data, Result>(
    definition: Definition<In, Data, Result>,
    ...[input, options]: Inputs<NoInfer<In>, EnqueueOptions>
  ): Promise<StoredJob> {
    return this.#producer.prepare(definition, input, options)
  }

  /** Enqueue what `prepare` made, in few calls; one answer a job, in order, `full` among them. */
  enqueuePrepared(jobs: StoredJob[]): Promise<Added[]> {
    return jobs.length === 0 ? Promise.resolve([]) : this.#producer.enqueueStored(jobs)
  }

  /** How the outbox stands; undefined without one (`connect(url, { outbox })`). */
  async outbox(): Promise<OutboxState | undefined> {
    return this.#parts.outbox?.state()
  }

  /** A job by its id. */
  job(id: string): JobHandle<unknown> {
    return new JobHandle(id, this, this.#results)
  }

  /** Start a worker in this process. */
  async work(handlers: readonly AnyHandler[], options: WorkOptions = {}): Promise<Worker> {
    const worker = await this.#parts.work(handlers, options, this.#producer)
    this.#workers.add(worker)
    return worker
  }

  find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    return this.#inspector.find(ids)
  }
  /** What a record holds: its input and its result, decrypted where this client has the key. Never throws. */
  content(record: Pick<JobRecord, 'job' | 'result'>): JobContent {
    return contentOf(record, this.#parts.keys)
  }
  /** Newest first, a page at a time. */
  list(filter: JobFilter = {}, page: Partial<PageRequest> = {}): Promise<JobPage> {
    return this.#inspector.list(filter, { limit: 100, ...page })
  }
  /** The next ones in the order they would be taken. */
  peek(queue: string, limit = 10): Promise<JobRecord[]> {
    return this.#inspector.peek(queue, limit)
  }
  queues(): Promise<string[]> {
    return this.#inspector.queues()
  }
  /** Workers and clients at this store, this one among them. */
  sessions(): Promise<SessionRecord[]> {
    return this.#inspector.sessions()
  }
  /** The groups of a queue with jobs that are ready or run, the fullest first. Throws `FW_DRIVER_TRAIT` where the store has none. */
  groups(queue: string, limit = 100): Promise<GroupDepth[]> {
    const groups = this.#inspector.groups?.(queue, limit)
    if (groups !== undefined) return groups
    throw new FiberWorkError('FW_DRIVER_TRAIT', `The ${this.driver.name} driver has no groups (trait \`groups\`).`)
  }
  /** How full the queues are; all of them by default. */
  async depth(queues?: string[]): Promise<QueueDepth[]> {
    return this.driver.depth(queues ?? (await this.queues()))
  }
  /**
   * What workers with `history` have written down, as a series of at most 1,500 points. Throws `FW_DRIVER_TRAIT` where the store has no ledger,
   * `FW_CONFIG_INVALID` for a time that is none.
   */
  async history(request: HistoryRequest): Promise<History> {
    return readHistory(ledgerFor('`history`', this.driver), { toMs: this.#parts.env.nowMs(), ...request })
  }
  cancel(ids: string[]): ReturnType<Inspector['cancel']> {
    return this.#inspector.cancel(ids)
  }
  /** Settled jobs start over; delayed ones become ready. */
  retry(ids: string[]): ReturnType<Inspector['retry']> {
    return this.#inspector.retry(ids)
  }
  remove(ids: string[]): ReturnType<Inspector['remove']> {
    return this.#inspector.remove(ids)
  }
  /** For all workers of the store, at once. */
  pause(...queues: string[]): Promise<void> {
    return this.#inspector.pause(queues)
  }
  resume(...queues: string[]): Promise<void> {
    return this.#inspector.resume(queues)
  }
  /**
   * Change limits while the queue runs, for all workers of the store: of the whole queue, of `'groups'` alike, or of one
   * group. They replace what the scope had, and hold until they are changed again, here or in the code (`defineQueue`).
   * Throws `FW_JOB_INVALID`, `FW_NAME_INVALID`.
   */
  async limit(queue: string, scope: LimitScope, settings: LimitSettings): Promise<void> {
    const limits = this.#limits
    checkLimits(queue, scope, settings)
    while (!(await limits.set(queue, scope, settings, (await limits.read(queue)).revision + 1)));
  }
  /** Take nothing from a queue, or from one of its groups, for so long, or until it is thawed (0). */
  async freeze(queue: string, group: string | undefined, forMs: number): Promise<void> {
    await this.#limits.freeze(queue, group, forMs === 0 ? 0 : this.#parts.env.nowMs() + forMs)
  }
  /** What limits a queue now. */
  limits(queue: string): Promise<QueueLimits> {
    return this.#limits.read(queue)
  }
  /** Remove the jobs of a queue that are in one of the states; answers how many. */
  async purge(queue: string, states: JobState[], onProgress?: (removed: number) => void): Promise<number> {
    let removed = 0
    for (let more = true; more;) {
      const step = await this.#inspector.purge(queue, states, 500)
      removed += step.removed
      more = step.more
      onProgress?.(removed)
    }
    return removed
  }

  /** Stops its workers, waits for what is being written, and leaves. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#results.end()
    await Promise.all([...this.#workers].map((worker) => worker.stop({ reason: 'its client was closed' })))
    await this.#producer.idle()
    await this.#parts.outbox?.close()
    await this.driver.close()
  }

  get #limits(): Limits {
    const { limits, name } = this.driver
    if (limits !== undefined) return limits
    throw new FiberWorkError('FW_DRIVER_TRAIT', `The ${name} driver has no limits (facet \`limits\`). ${ledgerHelps}`)
  }

  get #inspector(): Inspector {
    const { inspector, name } = this.driver
    if (inspector !== undefined) return inspector
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `The ${name} driver cannot look at single jobs (facet \`inspector\`). ${ledgerHelps}`,
    )
  }
}
