import type { QueueDepth } from '../../contract/driver.ts'
import type { VerdictKind } from '../../contract/verdict.ts'
import { type Cell, countEnd, counted, countStart, emptyCell } from './cell.ts'
import { others, type Span } from './span.ts'

/** Of more than these each, those that come later are counted together. */
export const namesMax = 50
export const queuesMax = 100

const place = (what: (typeof counted)[number]): number => counted.indexOf(what)
const enqueuedAt = place('enqueued')
const endedAt: Record<VerdictKind, number> = {
  done: place('done'),
  retry: place('retried'),
  release: place('released'),
  dead: place('dead'),
  cancelled: place('cancelled'),
  quarantined: place('quarantined'),
}

interface Counting {
  inFlight: number
  inFlightMax: number
  names: Map<string, Cell>
}

/** Counts what happens in one process, in plain numbers, until it is asked for it. */
export class Tally {
  readonly #queues = new Map<string, Counting>()

  enqueued(queue: string, name: string): void {
    this.#cell(this.#queue(queue), name).counts[enqueuedAt]!++
  }

  started(queue: string, name: string, waitedMs: number): void {
    const counting = this.#queue(queue)
    if (++counting.inFlight > counting.inFlightMax) counting.inFlightMax = counting.inFlight
    countStart(this.#cell(counting, name), waitedMs)
  }

  ended(queue: string, name: string, verdict: VerdictKind, runMs: number): void {
    const counting = this.#queue(queue)
    // One that ran before anybody counted.
    if (counting.inFlight > 0) counting.inFlight--
    countEnd(this.#cell(counting, name), endedAt[verdict], runMs)
  }

  /** What was counted since the last time; of a queue where nothing happened, nothing. What runs on is counted as running. */
  take(): Span {
    const span: Span = new Map()
    for (const [queue, counting] of this.#queues) {
      const { inFlight, inFlightMax, names } = counting
      if (inFlightMax > 0 || names.size > 0) span.set(queue, { inFlightMax, depth: undefined, names })
      if (inFlight === 0) this.#queues.delete(queue)
      else this.#queues.set(queue, { inFlight, inFlightMax: inFlight, names: new Map() })
    }
    return span
  }

  #queue(queue: string): Counting {
    const known = this.#queues.get(queue)
    if (known !== undefined) return known
    if (this.#queues.size >= queuesMax && queue !== others) return this.#queue(others)
    const counting: Counting = { inFlight: 0, inFlightMax: 0, names: new Map() }
    this.#queues.set(queue, counting)
    return counting
  }

  #cell({ names }: Counting, name: string): Cell {
    let cell = names.get(name)
    if (cell !== undefined) return cell
    const key = names.size < namesMax ? name : others
    cell = names.get(key)
    if (cell === undefined) names.set(key, (cell = emptyCell()))
    return cell
  }
}

/** How full the queues were when somebody looked; empty ones say nothing. */
export function noteDepths(span: Span, depths: readonly QueueDepth[], atMs: number): void {
  for (const { queue, ready, delayed, running, oldestReadyMs = 0 } of depths) {
    if (ready + delayed + running === 0 && !span.has(queue)) continue
    const line = span.get(queue) ?? { inFlightMax: 0, depth: undefined, names: new Map<string, Cell>() }
    span.set(queue, { ...line, depth: { atMs, ready, delayed, running, oldestReadyMs: Math.max(0, oldestReadyMs) } })
  }
}
