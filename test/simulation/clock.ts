import { storage } from '../../src/sandbox/storage.ts'
import type { Random } from './random.ts'
import type { SimProcess } from './process.ts'

/** Kept before a seed replaces the globals. */
const setImmediateKept = globalThis.setImmediate

/** The machine was started so long before the world began. */
export const bootMs = 1_000

/** Something that happens to one process (or to the world, without one) at one moment. */
export interface SimEvent {
  atMs: number
  /** Among events of one moment the smaller goes first: seeded, so that every order comes up. */
  tie: number
  seq: number
  process: SimProcess | undefined
  label: string
  run: () => void
  cancelled: boolean
}

/** Virtual time: the next event, then everything that it causes, then the one after. Time passes only between events. */
export class Clock {
  /** The true time of the world, milliseconds from 0. Every process has its own idea of it. */
  nowMs = 0
  steps = 0
  readonly #random: Random
  readonly #heap: SimEvent[] = []
  #seq = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** What `machineMs` of the core shows. */
  get machineMs(): number {
    return bootMs + this.nowMs
  }

  /** `tie` −1: before everything else of that moment. The callback keeps its sandbox, as a timer of Node does. */
  schedule(
    delayMs: number,
    label: string,
    run: () => void,
    process?: SimProcess,
    tie = this.#random.fraction(),
  ): SimEvent {
    const handle = storage.getStore()
    const event: SimEvent = {
      atMs: this.nowMs + Math.max(0, delayMs),
      tie,
      seq: this.#seq++,
      process,
      label,
      run: handle === undefined ? run : () => storage.run(handle, run),
      cancelled: false,
    }
    this.#push(event)
    return event
  }

  /** Again, now: what was put off while its process stood still. */
  again(event: SimEvent): void {
    this.#push({ ...event, atMs: this.nowMs, run: () => !event.cancelled && event.run() })
  }

  /**
   * Runs until `done`. Each event is followed by one turn of the real event loop, which runs all promise reactions and
   * ticks that it caused, however many: the same on every Node. Then `after` looks at what came of it.
   */
  run(done: () => boolean, before: (event: SimEvent) => void, after: (event: SimEvent) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let last: SimEvent | undefined
      const step = (): void => {
        try {
          if (last !== undefined) after(last)
          if (done()) return resolve()
          last = this.#next()
          if (last === undefined) return resolve()
          this.steps++
          before(last)
          last.run()
          setImmediateKept(step)
        } catch (error) {
          reject(error as Error)
        }
      }
      setImmediateKept(step)
    })
  }

  #next(): SimEvent | undefined {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.cancelled || event.process?.state === 'dead') continue
      this.nowMs = Math.max(this.nowMs, event.atMs)
      if (event.process === undefined || event.process.state === 'alive') return event
      event.process.deferred.push(event)
    }
    return undefined
  }

  #push(event: SimEvent): void {
    const heap = this.#heap
    let at = heap.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!before(event, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = event
  }

  #pop(): SimEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++
      if (!before(heap[below]!, last)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
    return first
  }
}

function before(a: SimEvent, b: SimEvent): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  return a.tie === b.tie ? a.seq < b.seq : a.tie < b.tie
}
