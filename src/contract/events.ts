import type { Added } from './job.ts'
import type { VerdictKind } from './verdict.ts'

/** What every event about a job says of it. `worker` is the session that runs it. */
export interface JobEvent {
  worker: string
  id: string
  name: string
  queue: string
  group: string | undefined
  /** Whose job it is, where it was enqueued for a tenant. */
  tenant?: string
  attempt: number
}

export type CacheLevel = 'memo' | 'process' | 'redis' | 'stale' | 'miss'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * What the guardian thread found out about a blocked event loop.
 *
 * `exact`: the main thread answered at once, from inside what blocks it. `suspect`: the answer came late, when native code had
 * ended, and may name a neighbour. `unknown`: nobody answered, and `why` says what is known.
 */
export interface Block {
  sure: 'exact' | 'suspect' | 'unknown'
  /** The job in whose sandbox the main thread was; absent outside of all jobs. */
  job?: { id: string; name: string; queue: string; group?: string; attempt: number }
  /** The line of code, where one is known: `deliver (jobs/deliver.ts:12:5)`. */
  at?: string
  /** Innermost first. */
  stack?: string[]
  /** What Linux tells of the thread while it does not answer: `on the CPU`, `waits in pipe_read`. */
  native?: string
  /** Why nobody could be named. */
  why?: string
}

/**
 * Everything the core tells about itself: one `diagnostics_channel` an event, named `fiber-work:` + the key.
 * Logic emits, listeners log. Without a subscriber an event costs nothing, not even its object.
 */
export interface Events {
  'job.started': JobEvent & { waitedMs: number; crashes: number }
  'job.ended': JobEvent & { verdict: VerdictKind; runMs: number; timedOut: boolean; error: unknown }
  /** A line of the job's own log. */
  'job.log': JobEvent & { level: LogLevel; message: string; fields: Record<string, unknown> | undefined }
  /** A handler ignored its aborted signal for too long: slot freed, late writes fenced. */
  'job.stuck': JobEvent & { runMs: number }
  /** A settled job left facade calls or cleanups behind. */
  'job.zombie': JobEvent & { left: string[] }
  /** A cleanup of this job, or something that was made for it, could not be let go of, or not in time. */
  'job.disposal': JobEvent & { what: string; error: unknown }
  /** A stray error was pinned on this job (`owner`), or may be its doing (`suspect`). */
  'job.blamed': JobEvent & { sure: 'owner' | 'suspect'; origin: string; error: unknown }
  /** A settle came too late: the loan had been taken back. Nothing was changed by it. */
  'job.stale': JobEvent & { verdict: VerdictKind }
  /** A job in the queue that this build has no handler for; it was released with a delay. */
  'job.unknown': { worker: string; id: string; name: string; queue: string; inMs: number }
  /** A job whose body is gone. */
  'job.broken': { worker: string; id: string }
  'job.enqueued': { queue: string; name: string; outcome: Added['outcome'] }
  'worker.started': { worker: string; queues: string[]; concurrency: number }
  'worker.stopping': { worker: string; reason: string; running: number; graceMs: number }
  'worker.stopped': { worker: string; released: number }
  /** Nothing is taken on top of what runs, and why; `undefined` when the cut ends. */
  'worker.cut': { worker: string; by: 'loop' | 'memory' | undefined }
  /** The session was taken back; all its jobs were aborted and a new session opened. */
  'worker.revoked': { worker: string; running: number }
  /** A stray error that no job owns. */
  'worker.stray': { worker: string | undefined; origin: string; error: unknown }
  'worker.swept': { worker: string; taken: number }
  'worker.reconciled': { worker: string; released: number; revoked: number }
  /** The event loop stood still for longer than it may (`blockMsMax`). Told, as is the next one, when it turns again. */
  'loop.blocked': Block & { worker: string; blockedMs: number }
  /** The event loop turns again, after this long. */
  'loop.recovered': Block & { worker: string; blockedMs: number }
  /** A thread keeps the lease of this session from now on; the beats need not. */
  'guardian.started': { worker: string }
  /** The guardian cannot do (all of) its work, and why; the beats renew the lease where it does not. It is tried again. */
  'guardian.failed': { worker: string; error: unknown }
  /** The event loop was blocked for longer than `stallMsMax`: the lease was no longer renewed. */
  'guardian.gaveUp': Block & { worker: string; blockedMs: number }
  /** The settings of the store put jobs at risk. Told when a worker starts. */
  'store.warned': { worker: string; message: string }
  /** A call to the store failed and is repeated under its call id, or given up. */
  'store.failed': { verb: string; error: unknown; tries: number; givenUp: boolean }
  'store.recovered': { verb: string; tries: number; afterMs: number }
  /** A call has waited for its turn at a call-level limit, until it had it or gave up (`error`). */
  'limit.waited': { job: string | undefined; limit: string; waitedMs: number; error: unknown }
  /** Redis had lost a call-level limit; it began anew, with full buckets. */
  'limit.rebuilt': { limit: string; error: unknown }
  /** A service wants no calls with a credential before `untilMs`; `status` is that of the answer which said so. */
  'upstream.frozen': { upstream: string; untilMs: number; status: number }
  /** A call through a facade that `defineFacade` made has ended. */
  'facade.ended': { job: string | undefined; facade: string; what: string; ms: number; error: unknown }
  /** A job carries a principal that is not to be trusted; it failed before its handler. */
  'auth.refused': { job: string; name: string; queue: string; tenant: string | undefined; error: unknown }
  /** A cache was asked; `level` is what answered: `memo` is what the job itself has seen before, `stale` a value past its time. */
  'cache.read': { job: string | undefined; tenant: string | undefined; level: CacheLevel }
  /** The shared level of a cache failed, or a value could not be made anew behind a stale one; the job went on without. */
  'cache.degraded': { job: string | undefined; verb: string; error: unknown }
  'http.ended': {
    job: string | undefined
    method: string
    origin: string
    status: number | undefined
    ms: number
    tries: number
    error: unknown
  }
}

export type EventName = keyof Events
