import { limitsLeft } from '../../src/base/limits-left.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits } from '../../src/contract/index.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'
import { groupIn, limitsFor, mayBeIdle, unpark, unparkAll } from './turns.ts'

export function setLimits(
  store: MemoryStore,
  name: string,
  scope: LimitScope,
  given: LimitSettings,
  revision: number,
): boolean {
  const queue = store.queue(name)
  if (revision < queue.revision) return false
  queue.revision = revision
  const settings = structuredClone(given)
  if (scope === 'queue') queue.settings = settings
  else if (scope === 'groups') queue.groupSettings = settings
  else {
    const group = groupIn(queue, scope.group, store.now())
    group.settings = Object.keys(settings).length === 0 ? undefined : settings
    mayBeIdle(queue, group)
  }
  for (const group of [queue.ungrouped, ...queue.groups.values()]) group.limits = limitsFor(queue, group)
  // Whoever was parked by the old settings asks again under the new ones.
  unparkAll(queue)
  store.touch(queue)
  return true
}

export function freeze(store: MemoryStore, name: string, groupName: string | undefined, untilMs: number): void {
  const queue = store.queue(name)
  if (groupName === undefined) queue.frozenUntilMs = untilMs
  else {
    const group = groupIn(queue, groupName, store.now())
    group.frozenUntilMs = untilMs
    unpark(queue, group)
    mayBeIdle(queue, group)
  }
  store.touch(queue)
}

export function readLimits(store: MemoryStore, name: string): QueueLimits {
  const queue = store.queues.get(name)
  if (queue === undefined) return { queue: {}, groups: {}, group: {}, frozen: [], revision: 0 }
  const left = limitsLeft(queue.settings, queue, store.now())
  const own = [...queue.groups.values()].filter(({ settings }) => settings !== undefined)
  return {
    queue: structuredClone(queue.settings),
    groups: structuredClone(queue.groupSettings),
    // Not by assignment: a group may be called __proto__.
    group: Object.fromEntries(own.map(({ name, settings }) => [name!, structuredClone(settings!)])),
    frozen: frozenIn(queue, store.now()),
    ...(left !== undefined && { left }),
    revision: queue.revision,
  }
}

function frozenIn(queue: Queue, nowMs: number): QueueLimits['frozen'] {
  const whole = queue.frozenUntilMs > nowMs ? [{ untilMs: queue.frozenUntilMs }] : []
  const groups = [...queue.groups.values()].filter(({ frozenUntilMs }) => frozenUntilMs > nowMs)
  return [...whole, ...groups.map(({ name, frozenUntilMs }) => ({ group: name!, untilMs: frozenUntilMs }))]
}

/** The facet, over whatever opens the store for a call. */
export function memoryLimits(use: <T>(act: (store: MemoryStore) => T) => Promise<T>): Limits {
  return {
    set: (queue, scope, settings, revision) => use((store) => setLimits(store, queue, scope, settings, revision)),
    freeze: (queue, group, untilMs) => use((store) => freeze(store, queue, group, untilMs)),
    read: (queue) => use((store) => readLimits(store, queue)),
  }
}
