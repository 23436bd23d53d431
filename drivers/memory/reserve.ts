import { meterAtMs, meterNow, payMeter } from '../../src/base/meter.ts'
import type { Demand, Receipt, Reservation } from '../../src/contract/index.ts'
import { copyOf } from './entry.ts'
import type { Entry } from './entry.ts'
import { takeFirst } from './group.ts'
import { promote } from './places.ts'
import type { Queue } from './queue.ts'
import type { Session } from './sessions.ts'
import type { MemoryStore } from './store.ts'
import { allowanceOf, turnTaken, unparkDue } from './turns.ts'

/** Take jobs on loan, the demands in their order. */
export function reserve(store: MemoryStore, session: Session, demand: readonly Demand[], limit: number): Reservation[] {
  const nowMs = store.now()
  const taken: Reservation[] = []
  for (const { queue: name, limit: most } of demand) {
    const queue = store.queues.get(name)
    const room = Math.min(most, limit - taken.length)
    if (queue !== undefined && room > 0) takeFrom(store, queue, session, room, nowMs, taken)
  }
  return taken
}

function takeFrom(
  store: MemoryStore,
  queue: Queue,
  session: Session,
  most: number,
  nowMs: number,
  taken: Reservation[],
): void {
  promote(store, queue, nowMs)
  unparkDue(queue, nowMs)
  const start = Math.min(most, allowanceOfQueue(queue, nowMs))
  let room = start
  while (room > 0) {
    const group = queue.ring.first()
    if (group === undefined) break
    const allowance = allowanceOf(queue, group, nowMs)
    if (allowance <= 0) continue
    // One a turn, so that the order is the same for small and big batches, unless there is nobody to take turns with.
    const count = Math.min(queue.ring.size === 1 ? room : 1, allowance, group.ready)
    for (let i = 0; i < count; i++) taken.push(lend(store, session, takeFirst(group), nowMs))
    group.running += count
    queue.counts.ready -= count
    queue.counts.running += count
    room -= count
    turnTaken(queue, group, count, nowMs)
  }
  if (room < start) payMeter(queue.settings, queue, nowMs, start - room)
}

function lend(store: MemoryStore, session: Session, entry: Entry, nowMs: number): Reservation {
  const receipt = `${session.number}.${++store.loans}` as Receipt
  entry.state = 'running'
  entry.session = session
  entry.receipt = receipt
  entry.startedAtMs = nowMs
  session.loans.set(receipt, entry)
  return {
    receipt,
    job: copyOf(entry.job),
    attempts: ++entry.attempts,
    crashes: entry.crashes,
    enqueuedAtMs: entry.enqueuedAtMs,
    waitedMs: Math.max(0, nowMs - entry.readyAtMs),
  }
}

/** How many jobs the limits let the queue give now. */
function allowanceOfQueue(queue: Queue, nowMs: number): number {
  if (queue.paused || queue.frozenUntilMs > nowMs) return 0
  return Math.min(freeIn(queue), meterNow(queue.settings, queue, nowMs))
}

/** How many more jobs may run. */
function freeIn({ settings, counts }: Queue): number {
  return (settings.concurrencyMax ?? Infinity) - counts.running
}

/** When time alone may give the queue a job that it does not give now; Infinity when something else has to happen. */
export function nextChanceMs(queue: Queue, nowMs: number): number {
  if (queue.paused || freeIn(queue) <= 0) return Infinity
  const fromMs = Math.max(queue.frozenUntilMs, meterAtMs(queue.settings, queue, nowMs))
  const readyAtMs =
    queue.ring.size > 0
      ? nowMs
      : Math.min(queue.delayed.first()?.dueAtMs ?? Infinity, queue.parked.first()?.heapKey ?? Infinity)
  return Math.max(fromMs, readyAtMs)
}
