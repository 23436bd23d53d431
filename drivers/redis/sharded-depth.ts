import type { QueueDepth } from '../../src/contract/index.ts'

/** How full a queue is that lies on two shards. */
export function deeper(one: QueueDepth, other: QueueDepth): QueueDepth {
  const oldest = Math.max(one.oldestReadyMs ?? -1, other.oldestReadyMs ?? -1)
  return {
    queue: one.queue,
    ready: one.ready + other.ready,
    delayed: one.delayed + other.delayed,
    blocked: one.blocked + other.blocked,
    running: one.running + other.running,
    done: one.done + other.done,
    dead: one.dead + other.dead,
    cancelled: one.cancelled + other.cancelled,
    quarantined: one.quarantined + other.quarantined,
    paused: one.paused || other.paused,
    ...(oldest >= 0 && { oldestReadyMs: oldest }),
  }
}
