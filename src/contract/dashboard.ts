import type { QueueDepth } from './driver.ts'
import type { Block } from './events.ts'

export interface Percentiles {
  p50: number
  p90: number
  p99: number
  max: number
}

/** Counts since the worker started. */
export interface Totals {
  started: number
  done: number
  retried: number
  released: number
  dead: number
  cancelled: number
  quarantined: number
  timedOut: number
  stuck: number
  zombies: number
  /** Found to have changed what all jobs share; a suspicion counts too. */
  polluted: number
  stale: number
}

/** Before anything has happened. */
export const noTotals: Readonly<Totals> = {
  started: 0,
  done: 0,
  retried: 0,
  released: 0,
  dead: 0,
  cancelled: 0,
  quarantined: 0,
  timedOut: 0,
  stuck: 0,
  zombies: 0,
  polluted: 0,
  stale: 0,
}

export interface DefinitionRow {
  name: string
  queue: string
  running: number
  done: number
  retried: number
  dead: number
  /** What its jobs left behind; absent while that is nothing. */
  zombies?: number
  /** Handler time of the jobs that ended in the last window (10 s), absent when none did. */
  runMs?: Percentiles
}

export interface RunningRow {
  id: string
  name: string
  queue: string
  group?: string
  attempt: number
  elapsedMs: number
  /** What it waits for, if a facade tells: "GET https://…". */
  doing?: string
  progress?: string
}

export interface FailureRow {
  atMs: number
  id: string
  name: string
  queue: string
  attempt: number
  outcome: 'retry' | 'dead' | 'quarantined' | 'stuck' | 'cancelled' | 'blocked'
  /** One line: name, code and message. */
  error: string
}

/** The last time that the event loop stood still for longer than it may. */
export interface BlockedRow {
  atMs: number
  blockedMs: number
  /** `exact`: seen at it; `suspect`: found there afterwards; `unknown`: nobody was seen. */
  sure: Block['sure']
  /** The job's name. */
  name?: string
  /** The line of code. */
  at?: string
}

/** What a settled job left behind last. */
export interface ZombieRow {
  atMs: number
  /** The job's name. */
  name: string
  /** `an interval of 1000 ms, made at sendMail (jobs/mail.ts:12:5)` */
  left: string
}

export type WorkerState = 'starting' | 'running' | 'paused' | 'draining' | 'stopped'

/** One look at one worker: everything a dashboard shows, as plain data. Windows are the last second unless said. */
export interface Snapshot {
  atMs: number
  worker: {
    session: string
    version: string
    startedAtMs: number
    state: WorkerState
    /** Without its password. */
    url: string
    driver: string
    durable: string
  }
  fibers: {
    running: number
    /** Reserved, not yet started (paced). */
    waiting: number
    concurrency: number
    /** What demand is cut to now, and why: `concurrency` when nothing cuts it. */
    allowed: number
    cutBy?: 'loop' | 'memory' | 'shutdown' | 'paused' | 'probation'
  }
  totals: Totals
  /** Handler time of the jobs that ended in the last window. */
  runMs?: Percentiles
  /** From ready to started. */
  waitMs?: Percentiles
  loopDelayMs: { p50: number; p99: number; max: number }
  /** 0 … 1 */
  loopUtilisation: number
  /** Of one core, 0 … n. */
  cpu: number
  memory: { rssBytes: number; heapUsedBytes: number; heapLimitBytes: number }
  queues: QueueDepth[]
  definitions: DefinitionRow[]
  /** The longest-running fibers, longest first, at most 50. */
  slowest: RunningRow[]
  /** Absent while none was blocked. */
  blocked?: BlockedRow
  /** Absent while nothing was left behind; `totals.zombies` counts them all. */
  zombie?: ZombieRow
  /** Newest first, at most 100. */
  failures: FailureRow[]
}
