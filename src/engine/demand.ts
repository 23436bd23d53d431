import type { Demand } from '../contract/driver.ts'
import type { QueueShare } from './options.ts'

/** One queue of this worker. */
interface Line {
  queue: string
  share: QueueShare
  /** Jobs taken, divided by the weight: who has had least comes first. */
  served: number
  /** Gave less than it was asked for: for the moment it has nothing more. */
  idle: boolean
  /** Nobody knows yet what it has. */
  fresh: boolean
  paused: boolean
}

/** So many jobs at least are asked of one busy queue, where there are many: each of them costs a call of its own. */
const askLeast = 25

/**
 * What to ask the store for: free slots, shared out between queues by weight. Queues that had nothing last time are asked
 * first and for a little, so that a busy queue gets nearly the whole batch while an idle one is not forgotten.
 */
export class DemandPlan {
  readonly #lines: Map<string, Line>
  #asksAll = true

  constructor(queues: Record<string, QueueShare>) {
    this.#lines = new Map(
      Object.entries(queues).map(([queue, share]) => [
        queue,
        { queue, share, served: 0, idle: false, fresh: true, paused: false },
      ]),
    )
  }

  get queues(): string[] {
    return [...this.#lines.keys()]
  }

  setShare(queue: string, share: QueueShare): void {
    const line = this.#lines.get(queue)
    if (line !== undefined) line.share = share
  }

  /** Whether the newest share left nobody out that may have something. */
  get asksAll(): boolean {
    return this.#asksAll
  }

  /** Answers whether anything changed. */
  setPaused(paused: ReadonlySet<string>): boolean {
    let changed = false
    for (const line of this.#lines.values()) {
      changed ||= line.paused !== paused.has(line.queue)
      line.paused = paused.has(line.queue)
    }
    return changed
  }

  /**
   * `free` slots in all; `running` tells how many a queue uses already. Empty when nothing may be taken. Of many busy queues
   * only some are asked, in turn, for more than a handful each: whoever waits for them alone would miss the others (`asksAll`).
   */
  share(free: number, running: (queue: string) => number): Demand[] {
    const all = [...this.#lines.values()].filter((line) => !line.paused && roomOf(line, running) > 0)
    const most = Math.max(1, Math.floor(free / askLeast))
    const known = all.filter((line) => !line.idle && !line.fresh).sort((a, b) => a.served - b.served)
    const left = new Set(known.slice(most))
    const open = all.filter((line) => !left.has(line))
    const busy = open.filter((line) => !line.idle)
    this.#asksAll = left.size === 0
    const weights = busy.reduce((sum, line) => sum + weightOf(line), 0)
    const little = Math.max(1, Math.floor(free / 16))
    return open
      .sort((a, b) => Number(b.idle) - Number(a.idle) || a.served - b.served)
      .map((line) => {
        const fair =
          line.idle && busy.length > 0 ? little : Math.ceil((free * weightOf(line)) / (weights || weightOf(line)))
        return { queue: line.queue, limit: Math.min(free, Math.max(1, fair), roomOf(line, running)) }
      })
  }

  /** What came of it. A queue that got less only because the call was full by then is not idle. */
  learn(demand: Demand[], limit: number, taken: ReadonlyMap<string, number>): void {
    const full = taken.values().reduce((sum, count) => sum + count, 0) >= limit
    for (const { queue, limit: share } of demand) {
      const line = this.#lines.get(queue)
      if (line === undefined) continue
      const count = taken.get(queue) ?? 0
      line.fresh = false
      if (count >= share) line.idle = false
      else if (!full) line.idle = true
      line.served += count / weightOf(line)
    }
    this.#forgetOldDebts()
  }

  /** A queue that was idle for a day must not get everything for an hour when it wakes. */
  #forgetOldDebts(): void {
    let most = 0
    for (const line of this.#lines.values()) most = Math.max(most, line.served)
    for (const line of this.#lines.values()) line.served = Math.max(line.served, most - 1_000)
  }
}

function weightOf(line: Line): number {
  return line.share.weight ?? 1
}

function roomOf({ queue, share }: Line, running: (queue: string) => number): number {
  return share.concurrency === undefined ? Infinity : share.concurrency - running(queue)
}
