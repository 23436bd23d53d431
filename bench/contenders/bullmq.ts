import { type ConnectionOptions, Queue, Worker } from 'bullmq'

/** What a sweep tries. */
export const bullmqSettings = {
  /** Its Redis client: `ioredis`, `ioredis5` or `node-redis`. */
  client: 'ioredis',
  /** Commands of one turn of the loop go out together; node-redis does that anyway. */
  pipelining: false,
  concurrency: 50,
  /** How many done jobs are kept; -1: all, as by default. */
  keep: -1,
  lockMs: 30_000,
  /** Renewal of locks and the search for stalled jobs. */
  checks: true,
  /** Workers in the process, each with connections of its own. */
  workers: 1,
}
type Settings = typeof bullmqSettings

type Connect = () => ConnectionOptions

/** Loads the client, before anything is timed; what it answers makes connections. */
export async function connector(url: string, { client, pipelining }: Settings): Promise<Connect> {
  if (client === 'node-redis') {
    const { createClient } = await import('node-redis')
    return () => createClient({ url })
  }
  const loaded = client === 'ioredis5' ? await import('ioredis5') : await import('ioredis')
  const { Redis } = loaded as typeof import('ioredis')
  return () => new Redis(url, { maxRetriesPerRequest: null, enableAutoPipelining: pipelining })
}

export function openQueue(connect: Connect, { keep }: Settings): Queue {
  return new Queue('bench', {
    connection: connect(),
    ...(keep >= 0 && { defaultJobOptions: { removeOnComplete: { count: keep } } }),
  })
}

export function openWorkers(connect: Connect, settings: Settings, handler: (data: never) => Promise<void>): Worker[] {
  const { concurrency, keep, lockMs, checks, workers } = settings
  const options = {
    concurrency,
    lockDuration: lockMs,
    skipLockRenewal: !checks,
    skipStalledCheck: !checks,
    ...(keep >= 0 && { removeOnComplete: { count: keep } }),
  }
  const process = async (job: { data: unknown }) => handler(job.data as never)
  return Array.from({ length: workers }, () => new Worker('bench', process, { connection: connect(), ...options }))
}
