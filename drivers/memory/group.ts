import type { Meter } from '../../src/base/meter.ts'
import type { LimitSettings } from '../../src/contract/index.ts'
import type { Entry } from './entry.ts'
import type { HeapItem } from './heap.ts'
import { List } from './list.ts'
import type { ListItem } from './list.ts'

/** Why a group with ready jobs is not in the ring: its cap, or a moment that has to come (tokens, a thaw). */
export type Parked = 'no' | 'cap' | 'until'

/**
 * One group of one queue; the jobs without a group are one of their own. Ready jobs stand in lines, two for each
 * priority: those that came back (released, swept) before those that were never taken.
 */
export class Group implements HeapItem, ListItem<Group>, Meter {
  /** Undefined: of the jobs without a group. */
  readonly name: string | undefined
  readonly lines: (List<Entry> | undefined)[] = []
  /** Bit i is set while line i holds a job: the highest bit is the next line to take from. */
  mask = 0
  ready = 0
  running = 0
  delayed = 0
  /** When its next turn is, in turns of weight 1. */
  turnAt = 0
  parked: Parked = 'no'
  /** What was set for this group alone. */
  settings: LimitSettings | undefined = undefined
  /** What holds for it now: its own settings over those of all groups. Undefined: nothing. */
  limits: LimitSettings | undefined = undefined
  buckets: Meter['buckets'] = []
  spent: Meter['spent'] = undefined
  frozenUntilMs = 0

  /** In its queue's line of groups that held nothing when last looked at. */
  list: List<Group> | undefined = undefined
  previous: Group | undefined = undefined
  next: Group | undefined = undefined

  /** In the ring by `turnAt`, or parked by the moment that has to come. */
  heapAt = -1
  heapKey = 0
  heapTie = 0

  constructor(name: string | undefined) {
    this.name = name
  }
}

/** The line of a priority. `returned` jobs go before the others. */
const lineOf = (priority: number, returned: boolean): number => 2 * priority + (returned ? 1 : 0)

export function lineUp(group: Group, entry: Entry, returned: boolean): void {
  const index = lineOf(entry.job.priority, returned)
  let line = group.lines[index]
  if (line === undefined) {
    line = new List<Entry>()
    // Filled from the front, so that the array has no holes.
    while (group.lines.length < index) group.lines.push(undefined)
    group.lines[index] = line
  }
  line.push(entry)
  group.mask |= 1 << index
  group.ready++
}

export function leaveLine(group: Group, entry: Entry): void {
  const line = entry.list!
  line.remove(entry)
  if (line.size === 0) group.mask &= ~(1 << group.lines.indexOf(line))
  group.ready--
}

/** The next job to take leaves its line. Ask only a group that has one. */
export function takeFirst(group: Group): Entry {
  const index = 31 - Math.clz32(group.mask)
  const line = group.lines[index]!
  const entry = line.first!
  line.remove(entry)
  if (line.size === 0) group.mask &= ~(1 << index)
  group.ready--
  return entry
}

/** Its ready jobs in the order in which they would be taken. */
export function* inOrder(group: Group): Generator<Entry> {
  for (const line of group.lines.toReversed()) {
    for (let entry = line?.first; entry !== undefined; entry = entry.next) yield entry
  }
}

export const weightOf = (group: Group): number => group.limits?.weight ?? 1
export const capOf = (group: Group): number => group.limits?.concurrencyMax ?? Infinity
