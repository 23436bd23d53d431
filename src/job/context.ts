import type { LogLevel } from '../contract/events.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Emitter, JobScope } from '../contract/scope.ts'
import type { Definition, Inputs } from './definition.ts'
import type { EnqueueOptions } from './options.ts'

/** The job's own log: each line carries the job's id, name, queue and attempt. */
export type JobLog = { readonly [level in LogLevel]: (message: string, fields?: Record<string, unknown>) => void }

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
   * Enqueue a follow-up that rides on this job's verdict: it is written in the same atomic step that marks this job done
   * (where the store can), and not at all when the job fails or has been taken back. Answers its id.
   */
  enqueue<In, Data>(definition: Definition<In, Data>, ...input: Inputs<NoInfer<In>, EnqueueOptions>): Promise<string>
}
