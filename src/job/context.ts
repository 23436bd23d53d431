import type { LogLevel } from '../contract/events.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Emitter, JobScope } from '../contract/scope.ts'
import type { TransactionFace, TransactionTries, Transactor } from '../contract/transaction.ts'
import type { Definition, Inputs } from './definition.ts'
import type { EnqueueOptions } from './options.ts'

/** The job's own log: each line carries the job's id, name, queue and attempt. */
export type JobLog = { readonly [level in LogLevel]: (message: string, fields?: Record<string, unknown>) => void }

/** How, and on which database, a job commits itself. */
export interface CommitOptions<Tx> extends TransactionTries {
  /** What `createDb` answers; the process's `Db` by default. */
  db?: Transactor<Tx>
}

/** What a handler sees of its job, and its doors to the world. */
export interface JobContext {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly group: string | undefined
  /** Whose job it is: it was enqueued for a tenant. */
  readonly tenant: string | undefined
  readonly priority: number
  readonly tags: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** 1 for the first. */
  readonly attempt: number
  readonly attemptsMax: number
  /** How often a process died while it held this job. */
  readonly crashes: number
  readonly enqueuedAtMs: number
  /**
   * Aborted when the job times out, is cancelled, or its worker has to give it back, and at the latest when it has ended.
   * Its `reason` is a `FiberWorkError` that says which. Facades and a plain `fetch` use it by themselves.
   */
  readonly signal: AbortSignal
  readonly log: JobLog
  /** What this job has to itself: values, and services made at their first use. It ends with the job. */
  readonly scope: JobScope
  /** The same as the exported `Http`. */
  readonly http: HttpClient
  /** Until the timeout; undefined without one. */
  remainingMs(): number | undefined
  /** Show how far it is: any small JSON value; the newest one is carried to the store with the next beat. */
  progress(value: unknown): void
  /** Run this when the job ends, whatever way it ends; last in, first out, each awaited. */
  defer(cleanup: () => unknown): void
  /**
   * Wait. Rejects with the signal's reason as soon as the job is told to stop; a sleep that is left behind ends with the job.
   * Throws `FW_JOB_SETTLED`, `FW_JOB_INVALID`.
   */
  sleep(ms: number): Promise<void>
  /**
   * As the global one, and cleared at the job's end. What it throws, or rejects with, fails this job and nothing else (with
   * `ownProcess`). Answers the function that clears it.
   */
  setTimeout(run: () => unknown, ms: number): () => void
  /** As the global one, and cleared at the job's end; errors as in `setTimeout`. Answers the function that clears it. */
  setInterval(run: () => unknown, ms: number): () => void
  /**
   * Listen to an EventEmitter or an EventTarget until the job's end; the listener runs inside the job, whoever emits. Errors as in
   * `setTimeout`. Answers the function that removes it.
   */
  on(emitter: Emitter, event: string | symbol, listener: (...args: never[]) => unknown): () => void
  /**
   * Write the job's effects and its `done` in one transaction of the database that the jobs live in: what `work` does with `tx` (and with
   * `Db`) takes place if and only if the job is done. What `work` returns is the job's result, and is answered here. Follow-ups
   * (`job.enqueue`) are written with it. A job that was taken back meanwhile is rolled back, and told so. Once it has committed the job
   * is done, whatever its handler does then. Once a job; short, because it holds locks.
   *
   * Throws what `work` and `Db.transaction` throw; `FW_COMMIT_STALE`; `FW_COMMIT_UNKNOWN`; `FW_DRIVER_TRAIT` where the jobs live elsewhere,
   * and in a thread; `FW_JOB_INVALID` the second time, and inside of another transaction; `FW_JOB_SETTLED`.
   */
  commit<T, Tx = TransactionFace>(work: (tx: Tx) => T | Promise<T>, options?: CommitOptions<Tx>): Promise<T>
  /**
   * Enqueue a follow-up that rides on this job's verdict: it is written in the same atomic step that marks this job done
   * (where the store can), and not at all when the job fails or has been taken back. Answers its id.
   */
  enqueue<In, Data>(definition: Definition<In, Data>, ...input: Inputs<NoInfer<In>, EnqueueOptions>): Promise<string>
}
