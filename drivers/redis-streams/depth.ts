import type { QueueDepth } from '../../src/contract/index.ts'

/** What `scripts/depth.lua` tells of a queue. */
export type DepthReply = [
  ready: number,
  delayed: number,
  running: number,
  done: number,
  dead: number,
  cancelled: number,
  quarantined: number,
  paused: number,
  oldestReadyMs: string,
]

export function depthOf(queue: string, reply: DepthReply): QueueDepth {
  const [ready, delayed, running, done, dead, cancelled, quarantined, paused, oldestReadyMs] = reply
  const counts = { ready, delayed, blocked: 0, running, done, dead, cancelled, quarantined }
  const depth = { queue, ...counts, paused: paused === 1 }
  return oldestReadyMs === '' ? depth : { ...depth, oldestReadyMs: Number(oldestReadyMs) }
}
