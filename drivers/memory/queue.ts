import type { Meter } from '../../src/base/meter.ts'
import type { JobState, LimitSettings, TerminalState } from '../../src/contract/index.ts'
import type { Entry } from './entry.ts'
import { Group } from './group.ts'
import { Heap } from './heap.ts'
import type { HeapItem } from './heap.ts'
import { List } from './list.ts'
import type { Waiter } from './waiting.ts'

/** Who holds a unique key. With a window the key outlives its job. */
export interface Holder extends HeapItem {
  readonly key: string
  readonly id: string
  /** Infinity: until the job has ended. */
  readonly untilMs: number
}

/** One named line of jobs, and what is set for it. */
export class Queue implements Meter {
  readonly name: string
  readonly counts: Record<JobState, number> = {
    blocked: 0,
    ready: 0,
    delayed: 0,
    running: 0,
    done: 0,
    dead: 0,
    cancelled: 0,
    quarantined: 0,
  }

  readonly groups = new Map<string, Group>()
  /** Of the jobs without a group. */
  readonly ungrouped = new Group(undefined)
  /** Groups with ready jobs that may be taken, by whose turn it is. */
  readonly ring = new Heap<Group>()
  /** Groups that wait for a moment, by that moment. */
  readonly parked = new Heap<Group>()
  /** Groups at their cap. */
  readonly capped = new Set<Group>()
  /** Groups that held nothing when last looked at, oldest first: they may be forgotten. */
  readonly idle = new List<Group>()
  /** Rises with each turn: among equals, who had the last turn longest ago is next. */
  turns = 0
  /** The turn that was taken last: a group that comes anew starts here, and can neither save up turns nor owe any. */
  turnAt = 0

  readonly delayed = new Heap<Entry>()
  readonly unique = new Map<string, Holder>()
  /** Keys with a window, by its end. */
  readonly windows = new Heap<Holder>()
  /** Records of jobs that have ended, by how: who ended first stands first. */
  readonly ended: Record<TerminalState, List<Entry>> = {
    done: new List(),
    dead: new List(),
    cancelled: new List(),
    quarantined: new List(),
  }
  keptAgeMs = Infinity

  paused = false
  frozenUntilMs = 0
  settings: LimitSettings = {}
  groupSettings: LimitSettings = {}
  buckets: Meter['buckets'] = []
  spent: Meter['spent'] = undefined
  revision = 0

  /** Reserves that wait for a job of this queue, in the order in which they came. */
  readonly waiters = new Set<Waiter>()

  constructor(name: string) {
    this.name = name
  }
}

/** Ready, delayed, blocked: what `depthMax` counts. */
export const waitingIn = ({ counts }: Queue): number => counts.ready + counts.delayed + counts.blocked
