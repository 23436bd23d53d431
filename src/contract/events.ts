import type { AuditEntry } from './audit.ts'
import type { Alert } from './alert.ts'
import type { ContextTally } from './context-probe.ts'
import type { Added, TerminalState } from './job.ts'
import type { OutboxState } from './outbox.ts'
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
  /** The trace that the job belongs to, 32 hexadecimal digits. */
  traceId?: string
  /** The span of this attempt, 16 hexadecimal digits, where it is recorded. */
  spanId?: string
}

/** Jobs of one definition that ran while something was changed. */
export interface Suspect {
  name: string
  queue: string
  jobs: number
  /** The newest of them. */
  id: string
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

/** Something that grows with the jobs that end, and does not stop growing. `docs/leaks.md` says how it is found. */
export interface Leak {
  /** `heap`: memory; `sandboxes`: jobs that somebody keeps after their end; `handles`: timers, sockets and the like; `listeners` on process. */
  kind: 'heap' | 'sandboxes' | 'handles' | 'listeners'
  /** The definition that grows; undefined where it could not be told: then it is one of `candidates`. */
  definition: string | undefined
  /** Definitions that ran meanwhile, the most frequent first, ten at most. */
  candidates: string[]
  /** A job; between `low` and `high` with a probability of 95 %. */
  slope: number
  low: number
  high: number
  unit: 'bytes a job' | 'sandboxes a job' | 'handles a job' | 'listeners a job'
  /** What it was judged by: so many jobs in so long a time. */
  jobs: number
  windowMs: number
  /** The line that most of the memory was taken at, where that is known: `remember (jobs/mail.ts:12:5)`. */
  at?: string
}

/** What a settled job left behind. `docs/zombies.md` says what is found when. */
export interface Zombies {
  /** A text each, twenty at most: `an interval of 1000 ms, made at sendMail (jobs/mail.ts:12:5)`. */
  left: string[]
  /** Those of `left` that were ended. */
  closed: string[]
  /** How many there were of each kind, all of them: `{ interval: 1 }`. */
  kinds: { [kind in ZombieKind]?: number }
  /** Where each of `left` was made, innermost first, where that is known. */
  stacks?: string[][]
}

/** `call`: through a facade; `callback`: a bound function that somebody called after the job's end. The others are of Node. */
export type ZombieKind =
  | 'call'
  | 'callback'
  | 'timer'
  | 'interval'
  | 'immediate'
  | 'socket'
  | 'server'
  | 'pipe'
  | 'process'
  | 'watcher'
  | 'thread'
  | 'port'

/** Something that does not keep the job that runs: code after it runs in no job, or in another one. */
export interface ContextLoss extends ContextTally {
  /** `promise.then`, `setTimeout`, `fetch`. */
  what: string
  /** Somebody has put another one in its place. */
  replaced: boolean
}

/**
 * Everything the core tells about itself: one `diagnostics_channel` an event, named `fiber-work:` + the key.
 * Logic emits, listeners log. Without a subscriber an event costs nothing, not even its object.
 */
export interface Events {
  'job.started': JobEvent & { waitedMs: number; crashes: number }
  'job.ended': JobEvent & {
    verdict: VerdictKind
    runMs: number
    timedOut: boolean
    error: unknown
    /** Where the job came with a trace. */
    traceparent?: string | undefined
  }
  /** A line of the job's own log. */
  'job.log': JobEvent & { level: LogLevel; message: string; fields: Record<string, unknown> | undefined }
  /** A handler ignored its aborted signal for too long: slot freed, late writes fenced. */
  'job.stuck': JobEvent & { runMs: number }
  /** A settled job left something running behind. */
  'job.zombie': JobEvent & Zombies
  /** The thread that ran this job was ended by force, and why: it did not answer its signal, or the job went on after its end. */
  'thread.terminated': JobEvent & { why: 'unanswered' | 'stuck'; runMs: number }
  /** A cleanup of this job, or something that was made for it, could not be let go of, or not in time. */
  'job.disposal': JobEvent & { what: string; error: unknown }
  /** A stray error was pinned on this job (`owner`), or may be its doing (`suspect`). */
  'job.blamed': JobEvent & { sure: 'owner' | 'suspect'; origin: string; error: unknown }
  /**
   * What all jobs share was changed. `exact`: by this job. `suspect`: it was found afterwards, and this job is one of those that ran
   * meanwhile; `suspects` are they, by definition. `undone`: everything is as it was.
   */
  'job.polluted': JobEvent & {
    changes: string[]
    sure: 'exact' | 'suspect'
    undone: boolean
    suspects?: Suspect[]
  }
  /** A rejection that was pinned on this job has been handled after all, too late to be taken back. */
  'job.handledLate': JobEvent & { error: unknown }
  /** A job that has committed failed afterwards, or was told to stop; it stays done. */
  'job.failedLate': JobEvent & { error: unknown }
  /** A settle came too late: the loan had been taken back. Nothing was changed by it. */
  'job.stale': JobEvent & { verdict: VerdictKind }
  /** Something grows with each job. Told once an hour for each kind and definition. */
  'leak.suspected': Leak & { worker: string }
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
  /** A queue with `min` or `max` may have another number of jobs at once in this process, by what waits in it. */
  'queue.balanced': { worker: string; queue: string; from: number; to: number }
  /** The session was taken back; all its jobs were aborted and a new session opened. */
  'worker.revoked': { worker: string; running: number }
  /** A stray error that no running job owns; `job` is the one that left it behind, if one did. */
  'worker.stray': { worker: string | undefined; origin: string; error: unknown; job?: JobEvent }
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
  /**
   * This process loses jobs on their way (`bootCanary`): what does, and what was loaded into it before the program (`--import` and
   * its kin). Facades, `current()` and blame cannot be relied on behind it.
   */
  'context.lost': { worker: string; lost: ContextLoss[]; loaded: string[] }
  /** Somebody did something from outside, by the API or the command line, or was refused. */
  'operator.acted': AuditEntry
  /** A schedule has come: `outcome` is what its store made of the job; `duplicate` where somebody else was first, or the run before is not over. */
  'schedule.fired': { schedule: string; id: string; atMs: number; lateMs: number; outcome: Added['outcome'] }
  /** Runs of a schedule since that moment were left out, because nobody was there to start them in time. */
  'schedule.missed': { schedule: string; sinceMs: number }
  /** A schedule could not be read, or its run not be enqueued; it is tried again. Without `schedule`: all of them. */
  'schedule.failed': { schedule: string | undefined; error: unknown }
  /** The settings of the store put jobs at risk. Told when a worker starts. */
  'store.warned': { worker: string; message: string }
  /** A call to the store failed and is repeated under its call id, or given up. */
  'store.failed': { verb: string; error: unknown; tries: number; givenUp: boolean }
  'store.recovered': { verb: string; tries: number; afterMs: number }
  /** Settled jobs of a queue were dropped, in one round, because more are there than are to be kept. */
  'queue.trimmed': { queue: string; state: TerminalState; removed: number }
  /** Something about a queue wants a person. Told by one process of all at the store. */
  'alert.raised': Alert
  /** It is over; `lastedMs` since it was raised. */
  'alert.cleared': Alert & { lastedMs: number }
  /** An alert could not be handed on (`target`: where to), or the queues not be looked at (without it). It is tried again unless `givenUp`. */
  'alert.failed': { target: string | undefined; error: unknown; tries: number; givenUp: boolean }
  /** An outbox was counted, as it is every few seconds where one is relayed. */
  'outbox.state': OutboxState
  /** What waits in an outbox could not be handed on; it is tried again, later each time. */
  'outbox.failed': { target: string; error: unknown; tries: number }
  'outbox.recovered': { target: string; tries: number; afterMs: number }
  /** A row of an outbox cannot be read, or its broker will never take it; it is left aside and in nobody's way. */
  'outbox.aside': { target: string; id: string; error: unknown }
  /** A call has waited for its turn at a call-level limit, until it had it or gave up (`error`). */
  'limit.waited': { job: string | undefined; limit: string; waitedMs: number; error: unknown }
  /** Redis had lost a call-level limit; it began anew, with full buckets. */
  'limit.rebuilt': { limit: string; error: unknown }
  /** A service wants no calls with a credential before `untilMs`; `status` is that of the answer which said so. */
  'upstream.frozen': { upstream: string; untilMs: number; status: number }
  /** A call through a facade that `defineFacade` made has ended. */
  'facade.ended': { job: string | undefined; facade: string; what: string; ms: number; error: unknown }
  /** A statement, a transaction or a stream of `Db` has ended. `what` is the text of its SQL, cut, without parameters. */
  'db.ended': {
    job: string | undefined
    connection: string
    what: string
    ms: number
    rows: number | undefined
    error: unknown
  }
  /** Somebody has waited long for a connection of a pool, until there was one or they gave up (`error`). */
  'db.waited': { job: string | undefined; connection: string; waitedMs: number; error: unknown }
  /** A read-only replica does not answer; for a while its reads go elsewhere. */
  'db.replicaDown': { connection: string; replica: string; error: unknown }
  /** A job carries a principal that is not to be trusted; it failed before its handler. */
  'auth.refused': { job: string; name: string; queue: string; tenant: string | undefined; error: unknown }
  /** A cache was asked; `level` is what answered: `memo` is what the job itself has seen before, `stale` a value past its time. */
  'cache.read': { job: string | undefined; tenant: string | undefined; level: CacheLevel }
  /** The shared level of a cache failed, or a value could not be made anew behind a stale one; the job went on without. */
  'cache.degraded': { job: string | undefined; verb: string; error: unknown }
  /** Spans could not be handed to the collector, and are lost. */
  'traces.failed': { spans: number; error: unknown }
  'http.ended': {
    job: string | undefined
    method: string
    origin: string
    /** `GET https://api.example.com/orders`: without its query. */
    what: string
    status: number | undefined
    ms: number
    tries: number
    error: unknown
  }
}

export type EventName = keyof Events
