import type { TraceMode } from '../base/tracing.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Isolation } from '../contract/isolation.ts'
import type { Schedule } from '../cron/schedule.ts'
import type { QueueShare } from '../engine/options.ts'
import type { QueueKeepOption } from '../job/keep.ts'
import type { Middleware } from '../job/options.ts'

/** How a worker works. Everything has a default that suits most. */
export interface WorkOptions {
  /** Jobs at once in this process; 1,000 by default. */
  concurrency?: number
  /** Only these of the handlers' queues, with a share each; all of them by default. */
  queues?: string[] | Record<string, QueueShare>
  /** Around every attempt, outermost first. */
  use?: Middleware[]
  /** From the first signal to the release of what is unfinished; 25 s by default. */
  graceMs?: number
  /** How long a handler may ignore its aborted signal before it is declared stuck; 30 s by default. */
  stuckMs?: number
  /** How often cancellations and pauses are looked for; 1 s by default. */
  beatMs?: number
  /** Start jobs for at most this long a turn of the event loop; 1.5 ms by default. */
  startSliceMs?: number
  /** Results beyond it are dropped; 256 KiB by default. */
  resultBytesMax?: number
  /**
   * A thread renews the lease, also while a handler blocks the event loop, and names what blocks it; on by default, where the
   * store has a `keeper`.
   */
  guardian?: boolean
  /** A handler that keeps the event loop for longer is reported, unless its definition says otherwise; 1 s by default. */
  blockMsMax?: number
  /**
   * A loop that is blocked for longer is given up: its lease is not renewed any more; 5 min by default. With `ownProcess` the
   * process ends with 75, without it goes on, and the worker opens a new session when the loop turns again.
   */
  stallMsMax?: number
  /** Own the process: pin stray errors on their jobs, trap exits, bind a plain `fetch` to its job. Off by default. */
  ownProcess?: boolean
  /**
   * How closely jobs are watched for what they do to the process that they share; `sample` by default. `strict` runs one job at
   * a time.
   */
  isolation?: Isolation
  /**
   * Threads for handlers with `lane: 'thread'`; one less than there are cores by default, at least one. 0 runs them on the event
   * loop with all others, as tests like it.
   */
  threads?: number
  /**
   * Look at the start whether promises, timers, events and `fetch` of this process keep the job that uses them, and tell what does
   * not (`context.lost`); a few milliseconds, once. By default as `ownProcess`: it opens a loopback port and calls the host's
   * own `fetch` and timers, which a test may have replaced.
   */
  bootCanary?: boolean
  /** Count for `worker.metrics()` from the start on, and not only from the first call of it; with `--http` on in the command line. */
  metrics?: boolean
  /** Schedules that the code declares; they begin with this worker, and go on with any. */
  schedules?: readonly Schedule[]
  /**
   * What of their settled jobs queues keep, by queue, `*` for all others; it goes before what `defineQueue` says. Dropped in small chunks, by one
   * worker of all.
   */
  keep?: Record<string, QueueKeepOption>
  /**
   * Write down what happens, minute by minute, for `client.history()`: small records in the store's ledger. Off by default, as the store
   * is yours; on in the command line, where the store has a ledger.
   */
  history?: boolean
  /** Raise an alert when the oldest ready job of a queue has waited for longer; of each queue, or by queue, `*` for all others. Off by default. */
  alertWaitMs?: number | Record<string, number>
  /** Where alerts are POSTed to: a public https URL. */
  alertWebhook?: string
  /** Signs them as Standard Webhooks does: `whsec_` and 24 to 64 random bytes in base64. */
  alertWebhookSecret?: string
  /** Allow a webhook over http, to any port, and to addresses that are not public. Off by default. */
  alertWebhookPrivate?: boolean
  /**
   * Where an OpenTelemetry SDK is registered: a job's run is a child of whatever enqueued it (`parent`, by default), or begins a trace of
   * its own with a link to that one (`link`): for jobs that run much later, or by the million for one request. See docs/traces.md.
   */
  traceMode?: TraceMode
  /** Another Http facade than the process-wide one. */
  http?: HttpClient
}
