import type { Job, JobProgress } from 'bullmq'
import type { JobContext } from '../../src/job/context.ts'

/**
 * On a store that is not BullMQ's, in tests for example, or once the queue itself has moved: the fields of BullMQ's job that any
 * store can fill. What only BullMQ could do (children, states, moving the job) is not there.
 */
export function standIn(data: unknown, context: JobContext): Job {
  const job = {
    id: context.id,
    name: context.name,
    queueName: context.queue,
    data,
    opts: { attempts: context.attemptsMax },
    timestamp: context.enqueuedAtMs,
    attemptsMade: context.attempt - 1,
    attemptsStarted: context.attempt,
    stalledCounter: context.crashes,
    delay: 0,
    priority: 0,
    progress: 0 as JobProgress,
    async updateProgress(progress: JobProgress) {
      job.progress = progress
      context.progress(progress)
    },
    async log(row: string) {
      context.log.info(row)
      return 1
    },
  }
  return job as unknown as Job
}
