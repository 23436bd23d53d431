/** The header that carries the tenant of a job, so that every store holds it. */
export const tenantHeader = 'fiber-work-tenant'

/** The states of a job. `docs/state-machine.md` draws them; these words are used everywhere. */
export const jobStates = ['blocked', 'ready', 'delayed', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const
export type JobState = (typeof jobStates)[number]

/** States that a job leaves only when somebody asks for it (retry, remove) or when history is trimmed. */
export const terminalStates = ['done', 'dead', 'cancelled', 'quarantined'] as const
export type TerminalState = (typeof terminalStates)[number]

/** Integer 0–9, higher first. */
export const priorityDefault = 5
export const priorityMax = 9

/** When a job may start. `inMs` is counted by the store's clock from the moment it is written. */
export type Due = { inMs: number } | { atMs: number }

/** A token bucket: `tokens` flow in evenly over `perMs`, and at most `burst` can be saved up. */
export interface Rate {
  tokens: number
  perMs: number
  burst: number
}

/**
 * What a job's unique key forbids while it is held: a second job with the same key in the same queue.
 *
 * - `keep`: the first one stays, the newcomer is answered `duplicate`.
 * - `replace`: while the first one has not started (ready, delayed), the newcomer takes its place: a new id, body,
 *   priority and due time; the old id is gone and answered by nobody. Once it runs, the newcomer is a `duplicate`. The
 *   newcomer's mode decides, and a job that waits to be tried again waits like any other.
 *
 * Without `forMs` the key is held until the job reaches a terminal state. With `forMs` it is held for exactly that long
 * after the enqueue, whatever becomes of the job.
 */
export interface Unique {
  key: string
  mode: 'keep' | 'replace'
  forMs?: number
}

/**
 * A job as a store sees it: the fields it may index, and one body that it must never open. It comes back as it was given,
 * `due` aside (`dueAtMs` of its record tells); of `unique` at least key and mode.
 */
export interface StoredJob {
  id: string
  queue: string
  name: string
  /** 0–9, higher first. */
  priority: number
  due?: Due
  /** Jobs without a group are one group of their own. */
  group?: string
  unique?: Unique
  tags?: string[]
  headers?: Record<string, string>
  /** Sealed by the core's codec, returned byte for byte. */
  body: string
}

/**
 * What became of one enqueued job. `id` is the id that now stands for it: for `duplicate` the id that holds the key.
 * An id that is already stored answers `duplicate` too, and first of all; then the unique key is looked at, then the depth:
 * `full` means the queue's depth limit; nothing was written.
 */
export interface Added {
  outcome: 'added' | 'duplicate' | 'replaced' | 'full'
  id: string
}

/**
 * What an `enqueue` came to. `deferred`: it was called in an open `Db.transaction`, and is written right after its commit, or never.
 */
export interface Sent {
  outcome: Added['outcome'] | 'deferred'
  id: string
}

/** An attempt that failed, or was lost with the session that ran it. */
export interface Failure {
  /** When its verdict was written, or its loan taken back; the store's clock. */
  atMs: number
  /** Which attempt it was, from 1. A lost one is given back, so that the next one has the same number. */
  attempt: number
  /** As the verdict gave it; of a lost one `lostAttempt`. */
  error: string
}

/** The error of an attempt whose session died of it, as far as the store knows. */
export const lostAttempt = 'Lost: its worker died, or did not renew its lease.'

/** Everything a store can tell about one job. Times are the store's clock, milliseconds since 1970. */
export interface JobRecord {
  job: StoredJob
  state: JobState
  /** Attempts begun; a release gives one back. */
  attempts: number
  /** How often a session died while it held this job. */
  crashes: number
  enqueuedAtMs: number
  /** When a delayed job becomes ready. */
  dueAtMs?: number
  /** When the running or last attempt was reserved. */
  startedAtMs?: number
  settledAtMs?: number
  /** The session that runs it. */
  session?: string
  /** Of a done job, as the verdict gave it. */
  result?: string
  /** The error of the last `retry` or `release`, or the reason of `dead`, `quarantined`, `cancelled`. */
  error?: string
  /**
   * The attempts that failed (`retry` with an error, `dead`) or were lost (a crash was counted), oldest first: the newest 10, fewer where
   * their errors are long. They stay when the job is retried from outside, and go with it. Where the store keeps them (`traits.failures`).
   */
  failures?: Failure[]
  /** The newest `progress` that a beat reported, JSON. */
  progress?: string
  /** A cancel was asked for while it runs. */
  cancelling?: boolean
}
