import type { QueueDepth } from '../../src/contract/index.ts'
import type { Presence } from './presence.ts'

/**
 * What the broker counts: messages that are ready, queue by queue. What others have on loan or prefetched it tells nobody who speaks
 * AMQP, so that `running` is what this session holds.
 */
export async function depthOf(presence: Presence, queue: string): Promise<QueueDepth> {
  const { settings, topology, loans } = presence
  const { names } = settings
  const { ready, early, waiting: counted } = await presence.prefetched(queue)
  const waiting = counted ?? (await topology.count(names.queue(queue)))
  const dead = waiting === undefined ? 0 : ((await topology.count(names.dead(queue))) ?? 0)
  const climbing = waiting === undefined ? 0 : await topology.climbing(queue)
  return {
    queue,
    ready: (waiting ?? 0) + ready,
    delayed: climbing + early,
    blocked: 0,
    running: loans.of(queue),
    done: 0,
    dead,
    cancelled: 0,
    quarantined: 0,
    paused: false,
  }
}
