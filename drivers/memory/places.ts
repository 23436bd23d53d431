import type { Due, Keep, TerminalState } from '../../src/contract/index.ts'
import { detailsOf } from './entry.ts'
import type { Entry } from './entry.ts'
import { leaveLine, lineUp } from './group.ts'
import type { List } from './list.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'
import { groupIn, joinRing, leaveRing, loanEnded, mayBeIdle } from './turns.ts'
import { letGo } from './unique.ts'

// Where a job can be, and every way from one place to the next. Whoever moves a job first takes it from where it is
// (`leave…`), then puts it where it goes (`enter…`): the counts, caps and keys change there and nowhere else.

/** Delayed jobs that become ready in one call, oldest first. */
const promoteMax = 1_000
/** Kept records that one newcomer may push out. */
const trimMax = 4

export function enterReady(store: MemoryStore, entry: Entry, readyAtMs: number, returned = false): void {
  const { queue, group } = entry
  entry.state = 'ready'
  entry.readyAtMs = readyAtMs
  queue.counts.ready++
  lineUp(group, entry, returned)
  joinRing(queue, group)
  store.touch(queue)
}

function enterDelayed(store: MemoryStore, entry: Entry, dueAtMs: number): void {
  const { queue, group } = entry
  entry.state = 'delayed'
  entry.dueAtMs = dueAtMs
  entry.heapKey = dueAtMs
  entry.heapTie = ++store.seq
  queue.counts.delayed++
  group.delayed++
  queue.delayed.add(entry)
  store.touch(queue)
}

/**
 * To where its due time says. What comes back without one goes before the jobs that were never taken, if it is
 * `returned`.
 */
export function enterWaiting(
  store: MemoryStore,
  entry: Entry,
  due: Due | undefined,
  nowMs: number,
  returned = false,
): void {
  const dueAtMs = due === undefined ? nowMs : 'inMs' in due ? nowMs + due.inMs : due.atMs
  if (dueAtMs > nowMs) enterDelayed(store, entry, dueAtMs)
  else enterReady(store, entry, nowMs, returned && due === undefined)
}

export function leaveWaiting(entry: Entry): void {
  const { queue, group } = entry
  if (entry.state === 'ready') {
    queue.counts.ready--
    leaveLine(group, entry)
    if (group.ready === 0) leaveRing(queue, group)
  } else {
    queue.counts.delayed--
    group.delayed--
    queue.delayed.remove(entry)
  }
  mayBeIdle(queue, group)
}

export function leaveRunning(store: MemoryStore, entry: Entry): void {
  const { queue, group, session, receipt } = entry
  session!.loans.delete(receipt!)
  session!.cancelling.delete(receipt!)
  entry.session = undefined
  entry.receipt = undefined
  queue.counts.running--
  loanEnded(queue, group)
  mayBeIdle(queue, group)
  store.touch(queue)
}

/** A job that comes back from its loan. One that somebody wants cancelled is cancelled instead of waiting again. */
export function enterBack(
  store: MemoryStore,
  entry: Entry,
  due: Due | undefined,
  nowMs: number,
  returned: boolean,
): void {
  if (entry.more?.cancelling === true) {
    enterEnd(entry, 'cancelled', 'cancelled while it ran', nowMs)
    return
  }
  enterWaiting(store, entry, due, nowMs, returned)
}

/** Keep the record of a job that has ended. */
export function enterEnd(entry: Entry, state: TerminalState, reason: string | undefined, nowMs: number) {
  const { queue, job } = entry
  entry.state = state
  entry.settledAtMs = nowMs
  queue.counts[state]++
  if (reason !== undefined) detailsOf(entry).error = reason
  if (entry.more !== undefined) delete entry.more.cancelling
  if (job.unique !== undefined) letGo(queue, job.unique, job.id)
  queue.ended[state].push(entry)
}

/** Keep a done job as long as `keep` says, and drop the ones that it pushes out. */
export function enterKept(
  store: MemoryStore,
  entry: Entry,
  result: string | undefined,
  keep: Keep,
  nowMs: number,
): void {
  enterEnd(entry, 'done', undefined, nowMs)
  if (result !== undefined) detailsOf(entry).result = result
  entry.queue.keptAgeMs = keep.ageMs
  trimEnded(store, entry.queue.ended.done, keep, nowMs, trimMax)
}

/** Drop records of this line beyond the count, or that ended longer ago than the age, at most `most`; tells how many. */
export function trimEnded(store: MemoryStore, line: List<Entry>, keep: Keep, nowMs: number, most: number): number {
  for (let dropped = 0; dropped < most; dropped++) {
    const oldest = line.first
    if (oldest === undefined || !isOver(line, oldest, keep, nowMs)) return dropped
    leaveEnd(oldest)
    store.forget(oldest)
  }
  return most
}

function isOver({ size }: List<Entry>, { settledAtMs }: Entry, { count, ageMs }: Keep, nowMs: number): boolean {
  return size > count || nowMs - settledAtMs > ageMs
}

/** Drop jobs that failed and ended longer ago than `ageMs`, at most `most` of each kind. */
export function trimFailed(store: MemoryStore, { ended }: Queue, ageMs: number, nowMs: number, most: number): void {
  const keep = { count: Infinity, ageMs }
  for (const line of [ended.dead, ended.cancelled, ended.quarantined]) trimEnded(store, line, keep, nowMs, most)
}

/** What somebody asks to be forgotten, each state apart, at most `limit` in all. */
export function trim(
  store: MemoryStore,
  { ended }: Queue,
  states: readonly TerminalState[],
  keep: Keep,
  limit: number,
): { removed: number; more: boolean } {
  const nowMs = store.now()
  const lines = [...new Set(states)].map((state) => ended[state])
  let removed = 0
  for (const line of lines) removed += trimEnded(store, line, keep, nowMs, limit - removed)
  return { removed, more: lines.some((line) => line.first !== undefined && isOver(line, line.first, keep, nowMs)) }
}

export function leaveEnd(entry: Entry): void {
  entry.queue.counts[entry.state]--
  entry.list?.remove(entry)
  entry.settledAtMs = 0
}

/** Nothing remembers the job from here on. */
export function drop(store: MemoryStore, entry: Entry): void {
  const { queue, job } = entry
  if (job.unique !== undefined) letGo(queue, job.unique, job.id)
  store.forget(entry)
}

/** A settled job starts over. */
export function startOver(store: MemoryStore, entry: Entry, nowMs: number): void {
  leaveEnd(entry)
  entry.attempts = 0
  entry.crashes = 0
  entry.startedAtMs = 0
  const failures = entry.more?.failures
  entry.more = failures && { failures }
  // Its old group may have been forgotten meanwhile.
  entry.group = groupIn(entry.queue, entry.job.group, nowMs)
  enterReady(store, entry, nowMs)
}

/** Delayed jobs whose time has come are ready, since their due time. */
export function promote(store: MemoryStore, queue: Queue, nowMs: number): void {
  for (let i = 0; i < promoteMax; i++) {
    const entry = queue.delayed.first()
    if (entry === undefined || entry.dueAtMs > nowMs) return
    queue.delayed.remove(entry)
    queue.counts.delayed--
    entry.group.delayed--
    enterReady(store, entry, entry.dueAtMs)
  }
}
