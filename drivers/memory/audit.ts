import { jobStates } from '../../src/contract/index.ts'
import type { Entry } from './entry.ts'
import type { Group } from './group.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'

/** Queues recounted in one call. Counting 1,000,000 jobs of one queue takes some tens of milliseconds. */
const queuesMax = 100

/**
 * Count again from the jobs themselves, and correct what differs. Nothing in memory is evicted or lost, so that a
 * difference is a mistake in this driver: the audit is how its tests find one.
 */
export function audit(
  store: MemoryStore,
  cursor: string | undefined,
): { checked: number; repaired: number; cursor?: string } {
  const queues = [...store.queues.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const rest = cursor === undefined ? queues : queues.filter(({ name }) => name > cursor.slice(1))
  const now = rest.slice(0, queuesMax)
  const piece = new Map(now.map((queue) => [queue, count()]))
  let checked = 0
  let repaired = 0
  for (let entry = store.newest; entry !== undefined; entry = entry.older) {
    const counted = piece.get(entry.queue)
    if (counted === undefined) continue
    checked++
    counted.states[entry.state]++
    tally(counted.groups, entry)
    if (!isInPlace(store, entry)) repaired++
  }
  for (const [queue, counted] of piece) repaired += correct(queue, counted)
  const last = now.at(-1)
  // With a sign before the name, since the empty string is a name as well.
  return rest.length > now.length && last !== undefined
    ? { checked, repaired, cursor: `>${last.name}` }
    : { checked, repaired }
}

interface Counted {
  states: Queue['counts']
  groups: Map<Group, { ready: number; running: number; delayed: number }>
}

const count = (): Counted => ({
  states: Object.fromEntries(jobStates.map((state) => [state, 0])) as Queue['counts'],
  groups: new Map(),
})

function tally(groups: Counted['groups'], { group, state }: Entry): void {
  if (state !== 'ready' && state !== 'running' && state !== 'delayed') return
  const counted = groups.get(group) ?? { ready: 0, running: 0, delayed: 0 }
  counted[state]++
  groups.set(group, counted)
}

/** Each state has one place where the job must be found, and a key that it may still hold. */
function isInPlace(store: MemoryStore, entry: Entry): boolean {
  const { job, queue, group, state, receipt, session } = entry
  if (store.jobs.get(job.id) !== entry) return false
  const waits = state === 'ready' || state === 'delayed' || state === 'running'
  if (waits && group !== queue.ungrouped && queue.groups.get(group.name!) !== group) return false
  if (state === 'ready') return entry.list !== undefined && group.lines.includes(entry.list)
  if (state === 'delayed') return queue.delayed.items()[entry.heapAt] === entry
  if (state === 'running') return receipt !== undefined && session?.loans.get(receipt) === entry
  return state !== 'blocked' && session === undefined && entry.list === queue.ended[state]
}

function correct(queue: Queue, { states, groups }: Counted): number {
  let repaired = 0
  for (const state of jobStates) {
    if (queue.counts[state] === states[state]) continue
    queue.counts[state] = states[state]
    repaired++
  }
  for (const group of [queue.ungrouped, ...queue.groups.values()]) {
    const { ready, running, delayed } = groups.get(group) ?? { ready: 0, running: 0, delayed: 0 }
    const placed = group.ready === 0 ? group.heapAt < 0 && group.parked === 'no' : isPlaced(queue, group)
    if (group.ready === ready && group.running === running && group.delayed === delayed && placed) continue
    Object.assign(group, { ready, running, delayed })
    repaired++
  }
  return repaired
}

/** A group with ready jobs stands in the ring, or is parked for a reason that still holds. */
function isPlaced(queue: Queue, group: Group): boolean {
  switch (group.parked) {
    case 'no':
      return queue.ring.items()[group.heapAt] === group
    case 'until':
      return queue.parked.items()[group.heapAt] === group
    case 'cap':
      return queue.capped.has(group) && group.running >= (group.limits?.concurrencyMax ?? Infinity)
  }
}
