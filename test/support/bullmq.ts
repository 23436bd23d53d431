import { randomBytes } from 'node:crypto'
import { type Job, Queue, QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { sharedRedis } from './redis.ts'

const redis = await sharedRedis()
/** There is no Redis to test against, and none to start. */
export const noRedis = redis === undefined
if (noRedis) process.stderr.write('tests of BullMQ are skipped: they need Redis\n')

/** A prefix of its own on the tests' Redis. */
export interface BullmqPlace {
  prefix: string
  /** As fiber-work says it. */
  url: string
  /** As BullMQ says it. */
  connection: { host: string; port: number }
  /** Remove everything that stands under the prefix. */
  remove(): Promise<void>
}

export function bullmqPlace(): BullmqPlace {
  const { hostname, port } = new URL(redis!)
  const prefix = `test-${randomBytes(6).toString('hex')}`
  return {
    prefix,
    url: `bullmq+redis://${hostname}:${port}/0?prefix=${prefix}`,
    connection: { host: hostname, port: Number(port) },
    remove: () => removeKeys(`*${prefix}*`),
  }
}

async function removeKeys(match: string): Promise<void> {
  const client = new Redis(redis!)
  try {
    for await (const keys of client.scanStream({ match, count: 10_000 })) {
      if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
    }
  } finally {
    client.disconnect()
  }
}

/** An application that uses BullMQ: a queue, and somebody who listens to its events. Gone when the test has finished. */
export interface BullmqApp extends BullmqPlace {
  queue: Queue
  events: QueueEvents
  /** What the events said, in order: `active 1`, `completed 1`. */
  heard: string[]
  result(job: Job): Promise<unknown>
}

export async function bullmqApp(name = 'emails'): Promise<BullmqApp> {
  const place = bullmqPlace()
  const { connection, prefix } = place
  const queue = new Queue(name, { connection, prefix })
  const events = new QueueEvents(name, { connection, prefix })
  onTestFinished(async () => {
    await Promise.all([queue.close(), events.close()])
    await place.remove()
  })
  await events.waitUntilReady()
  const heard: string[] = []
  for (const event of ['active', 'progress', 'completed', 'failed', 'delayed', 'stalled'] as const) {
    events.on(event, ({ jobId }: { jobId: string }) => heard.push(`${event} ${jobId}`))
  }
  return { ...place, queue, events, heard, result: (job) => job.waitUntilFinished(events, 20_000) }
}
