import { isMeterFull, meterAtMs, meterNow, payMeter } from '../../src/base/meter.ts'
import type { LimitSettings } from '../../src/contract/index.ts'
import { capOf, Group, weightOf } from './group.ts'
import type { Queue } from './queue.ts'

// Fair turns by virtual time: each job taken moves its group back by 1 / weight. A group with ready jobs stands in
// the ring, or is parked (at its cap, or until a moment). One without ready jobs is in neither: nothing can be
// forgotten there.

/** The group of a job, made when it is not there. */
export function groupIn(queue: Queue, name: string | undefined, nowMs: number): Group {
  if (name === undefined) return queue.ungrouped
  const known = queue.groups.get(name)
  if (known !== undefined) return known
  forgetIdle(queue, nowMs)
  const group = new Group(name)
  group.limits = limitsFor(queue, group)
  queue.groups.set(name, group)
  return group
}

/** What holds for a group: each field that it sets itself, else that of all groups. */
export function limitsFor({ groupSettings }: Queue, { settings }: Group): LimitSettings | undefined {
  const limits = { ...groupSettings, ...settings }
  return Object.keys(limits).length === 0 ? undefined : limits
}

/** After a job of the group became ready. */
export function joinRing(queue: Queue, group: Group): void {
  if (group.parked !== 'no' || group.heapAt >= 0) return
  group.turnAt = Math.max(group.turnAt, queue.turnAt)
  group.heapKey = group.turnAt
  group.heapTie = ++queue.turns
  queue.ring.add(group)
}

/** Whatever held the group may be over: let it ask again when its turn comes. */
export function unpark(queue: Queue, group: Group): void {
  if (group.parked === 'no') return
  if (group.parked === 'cap') queue.capped.delete(group)
  else queue.parked.remove(group)
  group.parked = 'no'
  if (group.ready > 0) joinRing(queue, group)
}

export function unparkAll(queue: Queue): void {
  for (const group of [...queue.capped, ...queue.parked.items()]) unpark(queue, group)
}

export function unparkDue(queue: Queue, nowMs: number): void {
  for (let group = queue.parked.first(); group !== undefined && group.heapKey <= nowMs; group = queue.parked.first()) {
    unpark(queue, group)
  }
}

/** After the group's last ready job has gone, taken or not. */
export function leaveRing(queue: Queue, group: Group): void {
  if (group.parked !== 'no') unpark(queue, group)
  else if (group.heapAt >= 0) queue.ring.remove(group)
}

/** A job of the group has ended its loan. */
export function loanEnded(queue: Queue, group: Group): void {
  group.running--
  if (group.parked === 'cap' && group.running < capOf(group)) unpark(queue, group)
}

/** How many jobs the limits let the group have now; with 0 it is parked. It stands in the ring. */
export function allowanceOf(queue: Queue, group: Group, nowMs: number): number {
  if (group.frozenUntilMs > nowMs) return park(queue, group, group.frozenUntilMs)
  const { limits } = group
  if (limits === undefined) return Infinity
  const room = capOf(group) - group.running
  if (room <= 0) {
    queue.ring.remove(group)
    group.parked = 'cap'
    queue.capped.add(group)
    return 0
  }
  const most = meterNow(limits, group, nowMs)
  return most < 1 ? park(queue, group, meterAtMs(limits, group, nowMs)) : Math.min(room, most)
}

function park(queue: Queue, group: Group, untilMs: number): 0 {
  queue.ring.remove(group)
  group.parked = 'until'
  group.heapKey = untilMs
  group.heapTie = ++queue.turns
  queue.parked.add(group)
  return 0
}

/** After `count` jobs of the group at the head of the ring were taken. */
export function turnTaken(queue: Queue, group: Group, count: number, nowMs: number): void {
  const step = 1 / weightOf(group)
  // A group that had the ring to itself took many turns at once: who comes now is only behind the last of them.
  const startedAt = queue.ring.size === 1 ? group.turnAt + (count - 1) * step : group.turnAt
  queue.turnAt = Math.max(queue.turnAt, startedAt)
  group.turnAt += count * step
  if (group.limits !== undefined) payMeter(group.limits, group, nowMs, count)
  if (group.ready === 0) {
    queue.ring.remove(group)
    return
  }
  group.heapKey = group.turnAt
  group.heapTie = ++queue.turns
  queue.ring.grown(group)
}

/** A group that holds nothing any more may be forgotten, once its buckets are full and its quota is whole. */
export function mayBeIdle(queue: Queue, group: Group): void {
  if (group.ready > 0 || group.running > 0 || group.delayed > 0 || group.list !== undefined) return
  if (group.name !== undefined) queue.idle.push(group)
}

/** Two for each group that comes: the line cannot grow beyond the groups that are in use. */
function forgetIdle(queue: Queue, nowMs: number): void {
  for (let looks = 0; looks < 2; looks++) {
    const group = queue.idle.first
    if (group === undefined) return
    queue.idle.remove(group)
    if (group.ready > 0 || group.running > 0 || group.delayed > 0) continue
    const bound = group.settings !== undefined || group.frozenUntilMs > nowMs
    if (bound || !isMeterFull(group, nowMs)) queue.idle.push(group)
    else queue.groups.delete(group.name!)
  }
}
