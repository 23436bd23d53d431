import type { LimitsLeft } from './limits.ts'
import type { JobRecord, JobState, TerminalState } from './job.ts'
import type { Keep } from './verdict.ts'

/** All given fields must hold. */
export interface JobFilter {
  queue?: string
  states?: JobState[]
  name?: string
  group?: string
  tag?: string
  idPrefix?: string
  /** Contained in the error or reason of a job that is not done, case-sensitive. */
  errorText?: string
  /** Enqueued at least this long ago. */
  ageMsMin?: number
  /** Enqueued then or later: milliseconds since 1970 by the store's clock. */
  fromMs?: number
  /** Enqueued before then. */
  toMs?: number
}

export interface JobPage {
  jobs: JobRecord[]
  /** Give it back for the next page; absent on the last one. Stays valid while jobs come and go. */
  cursor?: string
  /** How many jobs were looked at for this page: what no index helps with is searched for, newest first. */
  read?: number
  /** How far the search has come: when the last job that was looked at was enqueued. */
  readToMs?: number
  /** The ids of jobs that would have been here and whose records cannot be read: somebody else has written to the store. */
  broken?: string[]
}

/** Which page is meant. */
export interface PageRequest {
  /** At most so many jobs. */
  limit: number
  cursor?: string
  /**
   * Look at about so many jobs, then answer what was found, fewer than `limit` perhaps, with a cursor to go on from: a bound on the time that a
   * search takes. Absent: until the page is full.
   */
  readMax?: number
}

/** How full one group of a queue is. */
export interface GroupDepth {
  /** Absent: the jobs without a group. */
  group?: string
  /** Ready and not taken yet. */
  ready: number
  running: number
  /** What keeps its jobs from being taken now; absent while nothing does. */
  held?: 'concurrency' | 'rate' | 'quota' | 'frozen'
  /**
   * Beside `held`: until its next job may be taken, in whole milliseconds, when nothing else changes. Absent where no clock tells: a cap
   * is over when a job ends.
   */
  nextInMs?: number
  /** What its own rates and quota leave now (those of its queue are in `QueueLimits`); absent where it has neither. */
  left?: LimitsLeft
}

/** Another worker or client at this store. */
export interface SessionRecord {
  session: string
  /** What its last report said, JSON. */
  about: string
  /** What its guardian last said of its main loop, JSON; absent where none runs. */
  health?: string
  held: number
  openedAtMs: number
  /** Its lease holds until then. */
  leaseUntilMs: number
}

/**
 * Looking and acting from outside. Actions are idempotent, and each answers what became of each id.
 * Everything that could be large is bounded a call (`limit` ≤ 1,000).
 */
export interface Inspector {
  find(ids: string[]): Promise<(JobRecord | undefined)[]>
  /** Newest first. */
  list(filter: JobFilter, page: PageRequest): Promise<JobPage>
  /** The next ones in the order they would be taken, limits aside. */
  peek(queue: string, limit: number): Promise<JobRecord[]>
  /**
   * Settled jobs start over (attempts and crashes 0, a unique key is taken again if free, else `duplicate`); delayed ones become ready now.
   */
  retry(ids: string[]): Promise<('retried' | 'waiting' | 'running' | 'duplicate' | 'unknown')[]>
  /**
   * Waiting jobs are cancelled at once; running ones are told by their worker's beats until they are settled. One that comes
   * back to its queue instead (retry, release, sweep) is cancelled there: a wish to cancel is not forgotten.
   */
  cancel(ids: string[]): Promise<('cancelled' | 'cancelling' | 'settled' | 'unknown')[]>
  /** Forget jobs that do not run. */
  remove(ids: string[]): Promise<('removed' | 'running' | 'unknown')[]>
  pause(queues: string[]): Promise<void>
  resume(queues: string[]): Promise<void>
  /** Remove at most `limit` jobs of a queue that are in one of the states (never running ones). */
  purge(queue: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }>
  /**
   * Forget settled jobs of a queue beyond what is to be kept of each of the states, oldest first, at most `limit` a call. `more`: ask again.
   * A store that has dropped them by itself already answers 0.
   */
  trim(
    queue: string,
    states: readonly TerminalState[],
    keep: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }>
  /** The groups of a queue with jobs that are ready or run, those with most ready jobs first. Present where the store has groups (`traits.groups`). */
  groups?(queue: string, limit: number): Promise<GroupDepth[]>
  /** Every queue that holds a job or a setting, by name. */
  queues(): Promise<string[]>
  sessions(): Promise<SessionRecord[]>
  /** Rebuild counters and memberships from the jobs themselves, a bounded piece a call; without a cursor from the start. */
  audit(cursor?: string): Promise<{ checked: number; repaired: number; cursor?: string }>
}
