import { type Bound, groupDepthOf } from '../../src/base/limits-left.ts'
import type { GroupDepth } from '../../src/contract/index.ts'
import type { Group } from './group.ts'
import { promote } from './places.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'

/** The groups of a queue with jobs that are ready or run, those with most ready jobs first. */
export function groupDepths(store: MemoryStore, name: string, limit: number): GroupDepth[] {
  const queue = store.queues.get(name)
  if (queue === undefined) return []
  const nowMs = store.now()
  promote(store, queue, nowMs)
  const whole: Bound = { ...meterOf(queue), limits: queue.settings, running: queue.counts.running }
  return [queue.ungrouped, ...queue.groups.values()]
    .filter(({ ready, running }) => ready > 0 || running > 0)
    .sort((a, b) => b.ready - a.ready || b.running - a.running)
    .slice(0, limit)
    .map((group) => depthOf(group, whole, nowMs))
}

function depthOf(group: Group, whole: Bound, nowMs: number): GroupDepth {
  const { name, ready, running, limits = {} } = group
  const counts = { ...(name !== undefined && { group: name }), ready, running }
  return groupDepthOf(counts, { ...meterOf(group), limits, running }, whole, nowMs)
}

const meterOf = ({ buckets, spent, frozenUntilMs }: Group | Queue) => ({ buckets, spent, frozenUntilMs })
