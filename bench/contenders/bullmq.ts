import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

/** What a sweep tries. */
export const bullmqSettings = {
  concurrency: 50,
  /** How many done jobs are kept; -1: all, as by default. */
  keep: -1,
  lockMs: 30_000,
  /** Renewal of locks and the search for stalled jobs. */
  checks: true,
  /** Workers in the process, each with connections of its own. */
  workers: 1,
  pipelining: false,
}
type Settings = typeof bullmqSettings

/** A connection as BullMQ wants it. */
export function connection(url: string, pipelining: boolean): Redis {
  return new Redis(url, { maxRetriesPerRequest: null, enableAutoPipelining: pipelining })
}

export function openQueue(url: string, { pipelining, keep }: Pick<Settings, 'pipelining' | 'keep'>): Queue {
  return new Queue('bench', {
    connection: connection(url, pipelining),
    ...(keep >= 0 && { defaultJobOptions: { removeOnComplete: keepOf(keep) } }),
  })
}

export function openWorkers(url: string, settings: Settings, handler: (data: never) => Promise<void>): Worker[] {
  const { concurrency, keep, lockMs, checks, workers, pipelining } = settings
  return Array.from(
    { length: workers },
    () =>
      new Worker('bench', async (job: { data: unknown }) => handler(job.data as never), {
        connection: connection(url, pipelining),
        concurrency,
        lockDuration: lockMs,
        skipLockRenewal: !checks,
        skipStalledCheck: !checks,
        ...(keep >= 0 && { removeOnComplete: keepOf(keep) }),
      }),
  )
}

function keepOf(count: number): { count: number } {
  return { count }
}
