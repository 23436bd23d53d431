import type { Job } from 'bullmq'
import type { QueueDepth } from '../../src/contract/index.ts'
import type { Link } from './link.ts'

/** Counts of BullMQ's lists, in our words. */
export async function depthOf(link: Link, name: string, nowMs: number): Promise<QueueDepth> {
  const queue = link.queue(name)
  const [counts, paused] = await Promise.all([queue.getJobCounts(), queue.isPaused()])
  const of = (...states: string[]): number => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
  const depth: QueueDepth = {
    queue: name,
    // Version 5 of BullMQ moves what waits to a list called paused.
    ready: of('waiting', 'paused', 'prioritized'),
    delayed: of('delayed'),
    blocked: of('waiting-children'),
    running: of('active'),
    done: of('completed'),
    dead: of('failed'),
    cancelled: 0,
    quarantined: 0,
    paused,
  }
  if (depth.ready === 0) return depth
  const oldest = await Promise.all([queue.getJobs(['waiting'], 0, 0, true), queue.getJobs(['prioritized'], 0, 0, true)])
  const times = (oldest.flat() as Job[]).map(({ timestamp, opts }) => timestamp + (opts.delay ?? 0))
  if (times.length > 0) depth.oldestReadyMs = Math.max(0, nowMs - Math.min(...times))
  return depth
}
