import type { JobRecord, QueueDepth } from '../../src/contract/index.ts'
import { recordOf } from './entry.ts'
import type { Entry } from './entry.ts'
import { inOrder, weightOf } from './group.ts'
import { Heap } from './heap.ts'
import { promote, trimEnded } from './places.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'

/** Aged records dropped by one look at a queue. */
const trimMax = 250

/** What time has done to a queue since somebody last looked. */
export function look(store: MemoryStore, queue: Queue, nowMs: number): void {
  promote(store, queue, nowMs)
  trimEnded(store, queue.ended.done, { count: Infinity, ageMs: queue.keptAgeMs }, nowMs, trimMax)
}

/** The turns of the groups played through on the side. Limits aside: parked groups take turns like the others. */
export function peek(store: MemoryStore, name: string, limit: number): JobRecord[] {
  const queue = store.queues.get(name)
  if (queue === undefined) return []
  promote(store, queue, store.now())
  const turns = new Heap<{
    next: Entry
    rest: Iterator<Entry>
    step: number
    heapAt: number
    heapKey: number
    heapTie: number
  }>()
  for (const group of [queue.ungrouped, ...queue.groups.values()]) {
    const rest = inOrder(group)
    const { value } = rest.next()
    if (!value) continue
    const parkedTie = group.parked === 'no' ? 0 : queue.turns
    const heapKey = Math.max(group.turnAt, group.parked === 'no' ? 0 : queue.turnAt)
    turns.add({ next: value, rest, step: 1 / weightOf(group), heapAt: -1, heapKey, heapTie: group.heapTie + parkedTie })
  }
  const jobs: JobRecord[] = []
  let tie = 2 * queue.turns
  for (let turn = turns.first(); turn !== undefined && jobs.length < limit; turn = turns.first()) {
    jobs.push(recordOf(turn.next))
    const { value, done } = turn.rest.next()
    if (done === true) turns.remove(turn)
    else {
      turn.next = value
      turn.heapKey += turn.step
      turn.heapTie = ++tie
      turns.grown(turn)
    }
  }
  return jobs
}

export function depth(store: MemoryStore, name: string): QueueDepth {
  const queue = store.queues.get(name)
  const none = { blocked: 0, ready: 0, delayed: 0, running: 0, done: 0, dead: 0, cancelled: 0, quarantined: 0 }
  if (queue === undefined) return { queue: name, ...none, paused: false }
  const nowMs = store.now()
  look(store, queue, nowMs)
  const told: QueueDepth = { queue: name, ...queue.counts, paused: queue.paused }
  if (queue.counts.ready > 0) told.oldestReadyMs = Math.max(0, nowMs - oldestReadyAtMs(queue))
  return told
}

/** The first of each line is its oldest. */
function oldestReadyAtMs(queue: Queue): number {
  let oldestMs = Infinity
  for (const group of [queue.ungrouped, ...queue.groups.values()]) {
    if (group.ready === 0) continue
    for (const line of group.lines) oldestMs = Math.min(oldestMs, line?.first?.readyAtMs ?? Infinity)
  }
  return oldestMs
}
