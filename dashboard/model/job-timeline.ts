import type { JobState } from '../../src/contract/job.ts'

/** What of a job's record the timeline is made of. */
export interface TimelineJob {
  state: JobState
  attempts: number
  crashes: number
  enqueuedAt: string
  dueAt?: string | undefined
  startedAt?: string | undefined
  settledAt?: string | undefined
  session?: string | undefined
  cancelling?: boolean | undefined
  error?: string | undefined
  progress?: unknown
  /** The newest attempts that failed, oldest first; absent where the store does not keep them. */
  failures?: readonly { at: string; attempt: number; error: string }[] | undefined
}

interface TimelineLine {
  at: string
}

interface At {
  atMs: number
}

/** One thing that happened to a job, or that is to come. */
export type TimelineEntry<Line extends TimelineLine = TimelineLine> =
  | ({ kind: 'enqueued' } & At)
  /** It waits until then. `retry`: an attempt has failed before. */
  | ({ kind: 'due'; retry: boolean } & At)
  | AttemptEntry<Line>
  /** Somebody has retried it: its attempts are counted anew. When is not kept: before this. */
  | ({ kind: 'again' } & At)
  /** Attempts of which nothing is kept but that they were. */
  | ({ kind: 'unknown'; attempts: number } & At)
  /** It has ended otherwise than by an attempt: cancelled while it waited. */
  | ({ kind: 'ended'; state: JobState; reason?: string } & At)

export interface AttemptEntry<Line extends TimelineLine = TimelineLine> extends At {
  kind: 'attempt'
  attempt: number
  /** `atMs` is when it began; where that is not kept, when it ended. */
  startedAtMs?: number
  endedAtMs?: number
  durationMs?: number
  /** From what was before it (the enqueue, the last failure) to its start; absent where one of them is not known. */
  waitedMs?: number
  outcome: 'running' | 'failed' | 'done' | 'dead' | 'cancelled' | 'quarantined'
  error?: string
  /** Of the running one. */
  session?: string
  cancelling?: boolean
  progress?: unknown
  /** What it has logged, where the time of its start and end tell. */
  lines: Line[]
}

/** The life of a job in order, from the enqueue to what comes next. */
export function jobTimeline<Line extends TimelineLine>(
  job: TimelineJob,
  log: readonly Line[] = [],
): TimelineEntry<Line>[] {
  const enqueuedAtMs = Date.parse(job.enqueuedAt)
  const attempts = attemptsOf<Line>(job)
  waitsInto(attempts, enqueuedAtMs)
  linesInto(attempts, log)
  const told = attempts.length
  const missing = Math.max(0, job.attempts - told)
  const firstAtMs = attempts[0]?.atMs ?? endedAtMs(job) ?? enqueuedAtMs
  return [
    { kind: 'enqueued', atMs: enqueuedAtMs },
    ...(missing > 0 ? [{ kind: 'unknown' as const, attempts: missing, atMs: firstAtMs }] : []),
    ...withRetries(attempts),
    ...endOf(job, attempts.at(-1)),
    ...nextOf(job),
  ]
}

function attemptsOf<Line extends TimelineLine>(job: TimelineJob): AttemptEntry<Line>[] {
  const failed = (job.failures ?? []).map(({ at, attempt, error }): AttemptEntry<Line> => {
    const atMs = Date.parse(at)
    return { kind: 'attempt', attempt, atMs, endedAtMs: atMs, outcome: 'failed', error, lines: [] }
  })
  const last = lastOf<Line>(job)
  if (last === undefined) return failed
  const known = failed.at(-1)
  // The newest failure is the last attempt, whose start the record has.
  if (known !== undefined && known.attempt === last.attempt && last.outcome !== 'running') {
    return [...failed.slice(0, -1), { ...known, ...last, ...timesOf(last.startedAtMs, known.endedAtMs) }]
  }
  return [...failed, last]
}

/** The attempt that runs, or ran last: its start stands in the record. */
function lastOf<Line extends TimelineLine>(job: TimelineJob): AttemptEntry<Line> | undefined {
  if (job.attempts === 0) return undefined
  const startedAtMs = msOf(job.startedAt)
  const endAtMs = endedAtMs(job)
  const base = { kind: 'attempt' as const, attempt: job.attempts, lines: [] }
  const error = job.error === undefined ? {} : { error: job.error }
  switch (job.state) {
    case 'running':
      return startedAtMs === undefined ? undefined : { ...base, atMs: startedAtMs, ...runningOf(job, startedAtMs) }
    case 'ready':
    case 'delayed':
    case 'blocked':
      // It failed, and when is not kept; or was given back.
      return startedAtMs === undefined || job.error === undefined
        ? undefined
        : { ...base, ...error, atMs: startedAtMs, startedAtMs, outcome: 'failed' }
    default:
      if (endAtMs === undefined || wasCancelledWaiting(job)) return undefined
      return {
        ...base,
        ...(job.state !== 'done' && error),
        atMs: startedAtMs ?? endAtMs,
        outcome: job.state,
        ...timesOf(startedAtMs, endAtMs),
      }
  }
}

function runningOf(job: TimelineJob, startedAtMs: number) {
  return {
    startedAtMs,
    outcome: 'running' as const,
    ...(job.session !== undefined && { session: job.session }),
    ...(job.cancelling === true && { cancelling: true }),
    ...(job.progress !== undefined && { progress: job.progress }),
  }
}

function timesOf(startedAtMs: number | undefined, endAtMs: number | undefined) {
  return {
    ...(startedAtMs !== undefined && { startedAtMs, atMs: startedAtMs }),
    ...(endAtMs !== undefined && { endedAtMs: endAtMs }),
    // A clock that was set back is no reason for a negative time.
    ...(startedAtMs !== undefined && endAtMs !== undefined && { durationMs: Math.max(0, endAtMs - startedAtMs) }),
  }
}

/** Between two attempts nothing runs: a cancelled job whose newest attempt had failed before did not end in it. */
function wasCancelledWaiting({ state, attempts, failures }: TimelineJob): boolean {
  return state === 'cancelled' && failures?.at(-1)?.attempt === attempts
}

function waitsInto(attempts: AttemptEntry[], enqueuedAtMs: number): void {
  let beforeMs: number | undefined = enqueuedAtMs
  for (const [at, one] of attempts.entries()) {
    const isNext = at === 0 ? one.attempt === 1 : attempts[at - 1]!.attempt === one.attempt - 1
    if (isNext && beforeMs !== undefined && one.startedAtMs !== undefined) {
      one.waitedMs = Math.max(0, one.startedAtMs - beforeMs)
    }
    beforeMs = one.endedAtMs
  }
}

/** Where the count of attempts falls back somebody has retried the job. */
function withRetries<Line extends TimelineLine>(attempts: AttemptEntry<Line>[]): TimelineEntry<Line>[] {
  return attempts.flatMap((one, at) => {
    const before = attempts[at - 1]
    return before !== undefined && one.attempt <= before.attempt ? [{ kind: 'again', atMs: one.atMs }, one] : [one]
  })
}

/** A line belongs to the last attempt that had begun by then, or to the first one that had not ended. */
function linesInto<Line extends TimelineLine>(attempts: AttemptEntry<Line>[], log: readonly Line[]): void {
  for (const line of log) {
    const atMs = Date.parse(line.at)
    const own = attempts.find(({ endedAtMs: endMs = Infinity }) => atMs <= endMs) ?? attempts.at(-1)
    own?.lines.push(line)
  }
}

function endOf(job: TimelineJob, last: AttemptEntry | undefined): TimelineEntry<never>[] {
  const atMs = endedAtMs(job)
  if (atMs === undefined) return []
  const isTold = last !== undefined && last.attempt === job.attempts && last.outcome === job.state
  if (isTold) return []
  return [{ kind: 'ended', state: job.state, atMs, ...(job.error !== undefined && { reason: job.error }) }]
}

function nextOf({ state, dueAt, attempts }: TimelineJob): TimelineEntry<never>[] {
  const atMs = msOf(dueAt)
  return state === 'delayed' && atMs !== undefined ? [{ kind: 'due', retry: attempts > 0, atMs }] : []
}

function endedAtMs({ state, settledAt }: TimelineJob): number | undefined {
  return ['done', 'dead', 'cancelled', 'quarantined'].includes(state) ? msOf(settledAt) : undefined
}

function msOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at)
}
