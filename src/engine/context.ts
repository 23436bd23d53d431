import type { Env } from '../base/env.ts'
import { emit } from '../base/emit.ts'
import { tracing } from '../base/tracing.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { LogLevel } from '../contract/events.ts'
import type { HttpClient } from '../contract/http.ts'
import type { StoredJob } from '../contract/job.ts'
import type { Emitter, JobScope } from '../contract/scope.ts'
import type { CommitOptions, JobContext, JobLog } from '../job/context.ts'
import type { AnyDefinition } from '../job/definition.ts'
import type { EnqueueOptions } from '../job/options.ts'
import { intervalBound, listenerBound, sleepBound, timeoutBound } from '../sandbox/bound.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { inherited } from '../sandbox/tenant.ts'
import { carriedTransactions } from '../sandbox/transaction.ts'
import { depart } from '../sandbox/travel.ts'
import type { Commit, Options, Work } from './commit.ts'
import { ContextScope } from './context-scope.ts'
import { jobEvent } from './events.ts'

const progressCharsMax = 4_096

/** What all contexts of a worker share. */
export interface World {
  env: Env
  http: HttpClient
  /** The stored form of a follow-up, if the store can hold it; throws what an enqueue throws. */
  prepare: (definition: AnyDefinition, input: unknown, options?: EnqueueOptions) => StoredJob | Promise<StoredJob>
  /** Commits a job on its behalf; nobody can in a thread. */
  commit?: Commit
  /** A job has told how far it is. */
  progressed?: (fiber: Fiber) => void
}

/** The job as its handler sees it: a thin face of the fiber. */
export class Context implements JobContext {
  readonly #fiber: Fiber
  readonly #world: World
  readonly attemptsMax: number
  #log: JobLog | undefined
  #scope: JobScope | undefined

  constructor(fiber: Fiber, world: World, attemptsMax: number) {
    this.#fiber = fiber
    this.#world = world
    this.attemptsMax = attemptsMax
  }

  get #job(): StoredJob {
    return this.#fiber.loan.job
  }
  get id(): string {
    return this.#job.id
  }
  get name(): string {
    return this.#job.name
  }
  get queue(): string {
    return this.#job.queue
  }
  get group(): string | undefined {
    return this.#job.group
  }
  get tenant(): string | undefined {
    return this.#fiber.tenant
  }
  get priority(): number {
    return this.#job.priority
  }
  get tags(): readonly string[] {
    return this.#job.tags ?? []
  }
  get headers(): Readonly<Record<string, string>> {
    return this.#job.headers ?? {}
  }
  get attempt(): number {
    return this.#fiber.loan.attempts
  }
  get crashes(): number {
    return this.#fiber.loan.crashes
  }
  get enqueuedAtMs(): number {
    return this.#fiber.loan.enqueuedAtMs
  }
  get scope(): JobScope {
    return (this.#scope ??= new ContextScope(this.#fiber))
  }
  get http(): HttpClient {
    return this.#world.http
  }
  get signal(): AbortSignal {
    return this.#fiber.signal
  }
  get log(): JobLog {
    this.#log ??= {
      debug: (message, fields) => this.#write('debug', message, fields),
      info: (message, fields) => this.#write('info', message, fields),
      warn: (message, fields) => this.#write('warn', message, fields),
      error: (message, fields) => this.#write('error', message, fields),
    }
    return this.#log
  }

  remainingMs(): number | undefined {
    const { deadlineMonoMs } = this.#fiber
    return deadlineMonoMs === Infinity ? undefined : Math.max(0, deadlineMonoMs - this.#world.env.monoMs())
  }

  progress(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined || text.length > progressCharsMax) {
      const found = text === undefined ? 'is not JSON' : `takes ${text.length} characters`
      throw new FiberWorkError(
        'FW_JOB_INVALID',
        `Progress is JSON of up to ${progressCharsMax} characters; this one ${found}.`,
      )
    }
    this.#fiber.progress = text
    this.#world.progressed?.(this.#fiber)
  }

  defer(cleanup: () => unknown): void {
    this.#alive('defer')
    this.#fiber.defer({ what: cleanup.name === '' ? 'a cleanup' : `the cleanup ${cleanup.name}`, run: cleanup })
  }

  async sleep(ms: number): Promise<void> {
    this.#alive('sleep')
    await sleepBound(this.#world.env, this.#fiber, ms)
  }

  setTimeout(run: () => unknown, ms: number): () => void {
    this.#alive('setTimeout')
    return timeoutBound(this.#world.env, this.#fiber, run, ms)
  }

  setInterval(run: () => unknown, ms: number): () => void {
    this.#alive('setInterval')
    return intervalBound(this.#world.env, this.#fiber, run, ms)
  }

  on(emitter: Emitter, event: string | symbol, listener: (...args: never[]) => unknown): () => void {
    this.#alive('on')
    return listenerBound(this.#fiber, emitter, event, listener)
  }

  async enqueue(
    definition: AnyDefinition,
    ...[input, options]: [input?: unknown, options?: EnqueueOptions]
  ): Promise<string> {
    const given = inherited(options, definition, this.#fiber)
    const prepared = await this.#world.prepare(definition, input, given)
    const span = tracing.now?.send({
      operation: 'create',
      queue: prepared.queue,
      name: prepared.name,
      headers: given?.headers,
      by: this.#fiber.trace,
    })
    const job = depart(prepared, options?.as, this.#fiber, span)
    span?.end(undefined)
    this.#alive('enqueue')
    this.#followUp(job)
    return job.id
  }

  async commit<T, Tx>(work: (tx: Tx) => T | Promise<T>, options: CommitOptions<Tx> = {}): Promise<T> {
    this.#alive('commit')
    const { commit } = this.#world
    if (commit !== undefined) return (await commit(this.#fiber, work as Work, options as Options)) as T
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `job.commit() of "${this.name}" was called in a thread, which has no way to the store; leave out \`lane: 'thread'\`, or compute in a job of that lane and commit in another.`,
    )
  }

  /** What was asked for in a transaction that is rolled back was never asked for. */
  #followUp(job: StoredJob): void {
    const fiber = this.#fiber
    if (fiber.written !== undefined) throw this.#late('enqueue', 'the commit')
    const around = carriedTransactions()
    const { commit } = fiber
    const committing = commit !== undefined && around.some(({ root }) => root === commit.root)
    const add = () => void (committing ? commit.followUps : (fiber.followUps ??= [])).push(job)
    const [transaction] = around
    if (transaction === undefined) add()
    else if (committing && transaction.root === commit.root) transaction.beforeCommit(async () => add())
    else transaction.afterCommit(async () => add())
  }

  #alive(verb: string): void {
    if (this.#fiber.settled) throw this.#late(verb, 'the end')
  }

  #late(verb: string, what: string): FiberWorkError {
    return new FiberWorkError('FW_JOB_SETTLED', `job.${verb}() came after ${what} of "${this.name}" ${this.id}.`)
  }

  #write(level: LogLevel, message: string, fields: Record<string, unknown> | undefined): void {
    emit('job.log', () => ({ ...jobEvent(this.#fiber), level, message, fields }))
  }
}
