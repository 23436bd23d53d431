import type { Added, StoredJob } from './job.ts'
import type { Finding } from './finding.ts'
import type { Inspector } from './inspector.ts'
import type { KeeperSpec } from './keeper.ts'
import type { Ledger } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { OpenTransaction } from './transaction.ts'
import type { Receipt, Settled, Verdict } from './verdict.ts'

/**
 * The id of one mutating call. A lane has at most one call open; `seq` starts at 1 and rises within a session.
 *
 * The same call (session, lane, seq) always gives the same answer and changes the state only once, for at least an hour,
 * even after the session's death. A cut reply is answered by asking again with the same call, never with a new one.
 * A driver need only remember the newest call of each lane: a lower `seq` than the remembered one is refused
 * (`FW_STORE_FAILED`, not retryable).
 */
export interface Call {
  lane: number
  seq: number
}

/** What a worker can take from one queue. */
export interface Demand {
  queue: string
  /** At most this many from this queue in this call. */
  limit: number
  /** The job names that this build can run: a hint; a store that cannot select by name hands out others too, and the core releases them. */
  names?: string[]
}

export interface Want {
  demand: Demand[]
  /** At most this many in all, over all queues. */
  limit: number
  /** How long to wait for a first job when there is none; 0 asks once. May answer earlier with none. */
  waitMs: number
  /** Ends the waiting. An aborted reserve still owns its reply: what it took it delivers, or gives back. */
  signal: AbortSignal
}

/** One job on loan. */
export interface Reservation {
  receipt: Receipt
  job: StoredJob
  /** Attempts begun, this one included. */
  attempts: number
  /** How often a session died while it held this job. */
  crashes: number
  enqueuedAtMs: number
  /** How long the job had been ready when it was taken, by the store's clock. */
  waitedMs: number
}

export interface Reserved {
  jobs: Reservation[]
  /** Ids whose body is gone (evicted, damaged). They are no longer in the queue. */
  broken: string[]
}

/** What a worker tells its store now and then. */
export interface Report {
  /** Renew the session's lease: true where no guardian does it. */
  renew: boolean
  /** How many loans the worker knows of. */
  running: number
  /** The newest progress of jobs that reported some: JSON. Unknown receipts are ignored. */
  progress: { receipt: Receipt; value: string }[]
  /** A short JSON text about the worker, shown to whoever lists sessions. */
  about: string
  /** Loans that are held back and have not begun (a few): should the session die, they are no suspects. */
  unbegun?: Receipt[]
}

export interface Pulse {
  /** `revoked`: the lease ran out and the loans were taken back; open a new session. */
  session: 'alive' | 'revoked'
  /** Loans that were taken back one by one. */
  revoked: Receipt[]
  /** Loans of this session whose job somebody wants cancelled. */
  cancelled: Receipt[]
  /** Queues that are paused. */
  paused: string[]
  /** How many loans the store thinks this session holds. */
  held?: number
}

/** How full a queue is. Groups at their cap and rate-parked jobs count as ready: they wait for nothing but their turn. */
export interface QueueDepth {
  queue: string
  ready: number
  delayed: number
  blocked: number
  running: number
  /** Kept records, by outcome. */
  done: number
  dead: number
  cancelled: number
  quarantined: number
  paused: boolean
  /** How long the oldest ready job has been ready; absent when none is. */
  oldestReadyMs?: number
}

/** What a store can do, in values. The conformance suite tests each one, present and absent. */
export interface DriverTraits {
  /** Most items in one call; the core cuts bigger batches. */
  batchMax: number
  bodyBytesMax: number
  /** Longest delay; a driver parks again what its broker cannot hold in one go. 0: no delays. */
  delayMsMax: number
  /** How exact due times are. */
  clockStepMs: number
  /** How many calls may be open at once, one a lane: lanes 0 … lanesMax − 1. */
  lanesMax: number
  /**
   * `priority`: groups in turn, strict priorities inside a group, first in first out inside a priority. A job that was
   * released at once, or swept, goes before those that were never taken.
   */
  order: 'priority' | 'fifo' | 'none'
  /** Who holds the lease: one for the whole session, one a message, or the connection itself. */
  lease: 'session' | 'message' | 'connection'
  /** `store`: a stale receipt is refused in the same atomic step as the write. */
  fence: 'store' | 'advisory' | 'none'
  /** Calls are answered from their record when repeated. */
  replay: boolean
  /** `atomic`: enqueued in the same step as the verdict. */
  followUps: 'atomic' | 'none'
  /** Crashes are counted apart from attempts. */
  crashes: boolean
  unique: boolean
  /** Groups take fair turns in the store. */
  groups: boolean
  /** Settled jobs can be kept and found. */
  history: boolean
  /** Each failed or lost attempt of a job stands in its record, not the last error alone. */
  failures: boolean
  /** What survives: nothing, the process, a crash of the system without its last moments, or a power cut. */
  durable: 'none' | 'process' | 'system' | 'power'
}

/**
 * The adapter to one store. Batch-only; a driver never decides (no retry policy, no backoff, no attempt limits) and never
 * logs. Every array answer has the length and order of its argument. Failures are `FiberWorkError`s; `retryable` says
 * whether the core may repeat the call under the same call id.
 *
 * Life cycle: `open()` once, then anything, then `close()`. `prepare()` may come before `open()`. Every other verb before
 * `open()` or after `close()` fails with `FW_DRIVER_CLOSED`.
 */
export interface Driver {
  readonly name: string
  readonly traits: DriverTraits
  /** Connect and register a session (`host:pid:nonce`); fail now rather than later. After a revoked session: call again for a new one; while the session lives, it answers the same. */
  open(): Promise<{ session: string }>
  /** Create or upgrade what the store needs; safe to repeat, safe to race. */
  prepare(): Promise<void>
  enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]>
  /** Serves the demands in their order. A session that was taken back gets nothing: `FW_LEASE_REVOKED`. */
  reserve(call: Call, want: Want): Promise<Reserved>
  /**
   * Items in their order: one receipt twice is stale the second time. A job leaves (count, cap, and if terminal its unique
   * key) before its follow-ups come, so that one of them may take over the key.
   */
  settle(call: Call, items: { receipt: Receipt; verdict: Verdict }[]): Promise<Settled[]>
  beat(report: Report): Promise<Pulse>
  /**
   * What the store thinks we hold against what we run: loans we do not know are released (attempt given back), ours that it does
   * not know are told. No reserve is under way meanwhile, and none of before is asked again: its loans may be anybody's by then.
   */
  reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }>
  /**
   * Take back what sessions past their lease held, at most `limit` jobs a call: attempt given back, one crash counted; where
   * a keeper accused some of them for those alone, and never for what the last report named `unbegun`. A session is revoked
   * as a whole by the first call that touches it. One past its lease that nobody has swept still lives. `more`: there may be more to take
   * back, ask again at once.
   */
  sweep(limit: number): Promise<{ taken: number; more: boolean }>
  depth(queues: string[]): Promise<QueueDepth[]>
  /** Idempotent; gives back (releases) what is still on loan to this session, and ends the session. */
  close(): Promise<void>
  /** Of the session that is open: how the guardian thread renews its lease. Without it the beats do. */
  readonly keeper?: KeeperSpec
  /** What the store's own settings put at risk, in sentences; known once the driver is open. */
  readonly warnings?: readonly string[]
  /** What one should know of this very store before one relies on it. Reads only; may look at samples where it is large. */
  diagnose?(): Promise<Finding[]>
  /**
   * Enqueue in an open transaction of the user's: the jobs exist when it commits. Undefined where the jobs do not live in its database;
   * then they are written after its commit.
   */
  join?(transaction: OpenTransaction): ((jobs: StoredJob[]) => Promise<Added[]>) | undefined
  /**
   * Settle in an open transaction of the user's: the verdicts hold when it commits, fenced by its database in the same step. One that is
   * stale changes nothing there, and says so. Undefined as for `join`.
   */
  settleIn?(
    transaction: OpenTransaction,
  ): ((items: { receipt: Receipt; verdict: Verdict }[]) => Promise<Settled[]>) | undefined
  readonly limits?: Limits
  readonly inspector?: Inspector
  readonly ledger?: Ledger
}
