import type { Added } from './job.ts'
import type { VerdictKind } from './verdict.ts'

/** What every event about a job says of it. `worker` is the session that runs it. */
export interface JobEvent {
  worker: string
  id: string
  name: string
  queue: string
  group: string | undefined
  attempt: number
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

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
  /** A call to the store failed and is repeated under its call id, or given up. */
  'store.failed': { verb: string; error: unknown; tries: number; givenUp: boolean }
  'store.recovered': { verb: string; tries: number; afterMs: number }
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
