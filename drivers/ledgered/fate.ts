import type { JobRecord, JobState, StoredJob, TerminalState, Unique } from '../../src/contract/index.ts'
import type { Change, Page } from './book.ts'
import type { Keys, Shelf } from './keys.ts'

/** What has become of a job: the record that decides. */
export interface Fate {
  queue: string
  /** `gone`: nobody is told of it any more; it is remembered so that a message of it that still comes up is dropped. */
  state: 'waiting' | 'running' | TerminalState | 'gone'
  /** Which message in the broker stands for the job: others are strays. */
  copy: string
  /** Rises with each loan: the fence. */
  loan: number
  attempts: number
  crashes: number
  /** Its place among the jobs of its queue, newest first. */
  order: string
  enqueuedAtMs: number
  dueAtMs?: number
  startedAtMs?: number
  settledAtMs?: number
  session?: string
  result?: string
  error?: string
  cancelling?: true
  unique?: Unique
  /** The call that enqueued it. */
  by?: string
  /** How long it is kept once it is done. */
  keepMs?: number
}

/** A fate as it was read or written. */
export interface Known {
  fate: Fate
  version: number
  pieces: number
}

/** A message that comes once more is told from a new one for so long. */
const goneMs = 3_600_000

export function knownOf(page: Page | undefined): Known | undefined {
  return page && { fate: JSON.parse(page.text) as Fate, version: page.version, pieces: page.pieces }
}

export const isLive = ({ state }: Fate): boolean => state === 'waiting' || state === 'running'

/** Whether its id is free again. */
export function isGone({ state, settledAtMs = 0, keepMs = 0 }: Fate, nowMs: number): boolean {
  return state === 'gone' || (state === 'done' && settledAtMs + keepMs <= nowMs)
}

export function stateOf({ state, dueAtMs = 0 }: Fate, nowMs: number): JobState {
  if (state === 'waiting') return dueAtMs > nowMs ? 'delayed' : 'ready'
  return state as JobState
}

export function shelfOf({ state }: Fate): Shelf | undefined {
  if (state === 'gone') return undefined
  return state === 'waiting' || state === 'running' ? 'live' : state
}

export interface Step {
  job: StoredJob
  before: Known | undefined
  after: Fate
  /** How many pieces the job's own record has. */
  jobPieces: number
}

/** Everything that changes with a fate: its place on a shelf, its unique key, and how long its job is kept. */
export function changesOf(keys: Keys, { job, before, after, jobPieces }: Step, deadAgeMs: number): Change[] {
  const { id, queue } = job
  const shelves = [before && shelfOf(before.fate), shelfOf(after)] as const
  const keptMs = after.state === 'done' ? (after.keepMs ?? 0) : isLive(after) ? undefined : deadAgeMs
  const term = keptMs === undefined ? {} : { forMs: keptMs }
  const fateMs = after.state === 'gone' ? goneMs : keptMs === undefined ? undefined : Math.max(keptMs, goneMs)
  const changes: Change[] = [
    {
      key: keys.fate(id),
      text: JSON.stringify(after),
      version: before?.version ?? 0,
      ...(fateMs !== undefined && { forMs: fateMs }),
      pieces: before?.pieces ?? 0,
    },
  ]
  if (shelves[0] === shelves[1]) return changes
  if (shelves[0] !== undefined) changes.push({ key: keys.place(shelves[0], queue, before!.fate.order, id) })
  if (shelves[1] === undefined) {
    changes.push({ key: keys.job(id), pieces: jobPieces }, { key: keys.progress(id) })
  } else {
    const { due: _, ...kept } = job
    changes.push({ key: keys.place(shelves[1], queue, after.order, id), text: job.name, ...term })
    changes.push({ key: keys.job(id), text: JSON.stringify(kept), ...term, pieces: jobPieces })
  }
  const { unique } = after
  if (
    unique !== undefined &&
    unique.forMs === undefined &&
    !isLive(after) &&
    before !== undefined &&
    isLive(before.fate)
  ) {
    changes.push({ key: keys.unique(queue, unique.key) })
  }
  return changes
}

export function recordOf(job: StoredJob, fate: Fate, progress: string | undefined, nowMs: number): JobRecord {
  const { attempts, crashes, enqueuedAtMs, dueAtMs, startedAtMs, settledAtMs, session, result, error } = fate
  const state = stateOf(fate, nowMs)
  const record: JobRecord = { job, state, attempts, crashes, enqueuedAtMs }
  if (state === 'delayed') record.dueAtMs = dueAtMs!
  if (startedAtMs !== undefined) record.startedAtMs = startedAtMs
  if (settledAtMs !== undefined && !isLive(fate)) record.settledAtMs = settledAtMs
  if (session !== undefined && state === 'running') record.session = session
  if (result !== undefined) record.result = result
  if (error !== undefined) record.error = error
  if (progress !== undefined) record.progress = progress
  if (fate.cancelling === true && state === 'running') record.cancelling = true
  return record
}
