import { meterHeldBy } from '../../src/base/meter.ts'
import type { GroupDepth } from '../../src/contract/index.ts'
import { capOf } from './group.ts'
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
  const whole = heldIn(queue, nowMs)
  return [queue.ungrouped, ...queue.groups.values()]
    .filter(({ ready, running }) => ready > 0 || running > 0)
    .sort((a, b) => b.ready - a.ready || b.running - a.running)
    .slice(0, limit)
    .map((group) => depthOf(group, heldAlone(group, nowMs) ?? whole))
}

type Held = GroupDepth['held']

function depthOf({ name, ready, running }: Group, held: Held): GroupDepth {
  return {
    ...(name !== undefined && { group: name }),
    ready,
    running,
    ...(ready > 0 && held !== undefined && { held }),
  }
}

/** What keeps all jobs of the queue from being taken. */
function heldIn(queue: Queue, nowMs: number): Held {
  const { frozenUntilMs, settings, counts } = queue
  if (frozenUntilMs > nowMs) return 'frozen'
  if (counts.running >= (settings.concurrencyMax ?? Infinity)) return 'concurrency'
  return meterHeldBy(settings, queue, nowMs)
}

function heldAlone(group: Group, nowMs: number): Held {
  if (group.frozenUntilMs > nowMs) return 'frozen'
  if (group.running >= capOf(group)) return 'concurrency'
  return group.limits && meterHeldBy(group.limits, group, nowMs)
}
