import { withFailure } from '../../src/base/failures.ts'
import type { Failure, JobRecord, JobState, Receipt, StoredJob } from '../../src/contract/index.ts'
import type { Group } from './group.ts'
import type { HeapItem } from './heap.ts'
import type { List } from './list.ts'
import type { Queue } from './queue.ts'
import type { Session } from './sessions.ts'

/** One job in the store, with everything known of it and its links to where it waits. */
export class Entry implements HeapItem {
  readonly job: StoredJob
  readonly queue: Queue
  /** Rises with each enqueue: newest first is by this. */
  readonly seq: number
  readonly enqueuedAtMs: number
  group: Group
  state: JobState = 'ready'
  attempts = 0
  crashes = 0
  /** Since when it is ready. */
  readyAtMs = 0
  /** Of a delayed job. */
  dueAtMs = 0
  startedAtMs = 0
  settledAtMs = 0
  session: Session | undefined = undefined
  receipt: Receipt | undefined = undefined
  /** What most jobs never have. */
  more: Details | undefined = undefined

  /** In its group's line while it is ready, in its queue's line of kept records when it is done. */
  list: List<Entry> | undefined = undefined
  previous: Entry | undefined = undefined
  next: Entry | undefined = undefined
  /** In its queue's heap of delayed jobs. */
  heapAt = -1
  heapKey = 0
  heapTie = 0
  /** In the line of all jobs of the store. */
  older: Entry | undefined = undefined
  newer: Entry | undefined = undefined

  constructor(job: StoredJob, queue: Queue, group: Group, seq: number, enqueuedAtMs: number) {
    this.job = job
    this.queue = queue
    this.group = group
    this.seq = seq
    this.enqueuedAtMs = enqueuedAtMs
  }
}

export interface Details {
  result?: string
  error?: string
  failures?: Failure[]
  progress?: string
  cancelling?: boolean
}

export const detailsOf = (entry: Entry): Details => (entry.more ??= {})

/** The attempt that runs has failed, or is lost. */
export function noteFailure(entry: Entry, error: string, atMs: number): void {
  const details = detailsOf(entry)
  details.failures = withFailure(details.failures, { atMs, attempt: entry.attempts, error })
}

/** A copy, so that nobody outside shares an object with the store. The due time is told by the record. */
export function copyOf(job: StoredJob): StoredJob {
  const copy: StoredJob = { id: job.id, queue: job.queue, name: job.name, priority: job.priority, body: job.body }
  if (job.group !== undefined) copy.group = job.group
  if (job.unique !== undefined) copy.unique = { ...job.unique }
  if (job.tags !== undefined) copy.tags = [...job.tags]
  // Spreading defines own properties: a header called __proto__ stays a header.
  if (job.headers !== undefined) copy.headers = { ...job.headers }
  return copy
}

export function recordOf(entry: Entry): JobRecord {
  const { job, state, attempts, crashes, enqueuedAtMs, more } = entry
  return {
    job: copyOf(job),
    state,
    attempts,
    crashes,
    enqueuedAtMs,
    ...(state === 'delayed' ? { dueAtMs: entry.dueAtMs } : {}),
    ...(entry.startedAtMs > 0 ? { startedAtMs: entry.startedAtMs } : {}),
    ...(entry.settledAtMs > 0 ? { settledAtMs: entry.settledAtMs } : {}),
    ...(entry.session === undefined ? {} : { session: entry.session.id }),
    ...more,
  }
}
