import type { Job, Queue } from 'bullmq'
import type { JobRecord, JobState } from '../../src/contract/index.ts'
import { fromBull } from './codec.ts'

/** BullMQ's states in our words; `unknown` is none. */
const states: Record<string, JobState> = {
  waiting: 'ready',
  paused: 'ready',
  prioritized: 'ready',
  delayed: 'delayed',
  'waiting-children': 'blocked',
  active: 'running',
  completed: 'done',
  failed: 'dead',
}

/** Where BullMQ keeps jobs of our states. Cancelled and quarantined ones are failed jobs to it. */
export const listsOf = {
  ready: ['waiting', 'prioritized'],
  delayed: ['delayed'],
  blocked: ['waiting-children'],
  running: ['active'],
  done: ['completed'],
  dead: ['failed'],
  cancelled: [],
  quarantined: [],
} as const satisfies Record<JobState, readonly string[]>

export type List = (typeof listsOf)[JobState][number]

export const stateOf = (bullState: string): JobState | undefined => states[bullState]

/** Undefined for a job that is gone by now. */
export async function recordOf(queue: Queue, job: Job): Promise<JobRecord | undefined> {
  const state = stateOf(await job.getState())
  if (state === undefined) return undefined
  // It has ended since it was read: without a second look it would be done and have no result.
  const late = (state === 'done' || state === 'dead') && job.finishedOn == null
  const newest = late ? ((await queue.getJob(job.id ?? '')) as Job | undefined) : job
  return newest === undefined ? undefined : recordIn(queue.name, newest, state)
}

export function recordIn(queue: string, job: Job, state: JobState): JobRecord {
  const running = state === 'running'
  const record: JobRecord = {
    job: fromBull(queue, job),
    state,
    attempts: job.attemptsMade + (running ? 1 : 0),
    crashes: job.stalledCounter,
    enqueuedAtMs: job.timestamp,
  }
  // Of one that was tried before, BullMQ tells the delay and not from when.
  if (state === 'delayed' && job.attemptsStarted === 0) record.dueAtMs = job.timestamp + (job.opts.delay ?? 0)
  if (job.processedOn != null) record.startedAtMs = job.processedOn
  if (job.finishedOn != null && (state === 'done' || state === 'dead')) record.settledAtMs = job.finishedOn
  if (running && job.processedBy !== undefined) record.session = job.processedBy
  if (state === 'done' && job.returnvalue != null) record.result = JSON.stringify(job.returnvalue)
  if (job.failedReason != null && job.failedReason !== '') record.error = job.failedReason
  if (job.progress !== 0) record.progress = JSON.stringify(job.progress)
  return record
}
