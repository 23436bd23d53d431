import { setTimeout as sleep } from 'node:timers/promises'
import { report } from './input.ts'
import { percentile } from './load.ts'

interface Given {
  everyMs: number
  forMs: number
  /** What comes before is not counted: code is compiled, connections open. */
  warmUpMs: number
}
export const latencyDefaults: Given = { everyMs: 5, forMs: 10_000, warmUpMs: 1_000 }

/** One job every few milliseconds into an idle queue: from the call that adds it to its handler, on one clock. */
export class Latency {
  readonly #given: Given
  readonly #addedAtMs: number[] = []
  readonly #tookMs: number[] = []
  #left: number
  readonly #all = Promise.withResolvers<void>()

  constructor(given: Given) {
    this.#given = given
    this.#left = Math.floor((given.warmUpMs + given.forMs) / given.everyMs)
  }

  /** The handler of job `n` has begun. */
  ran(n: number): void {
    this.#tookMs[n] = performance.now() - this.#addedAtMs[n]!
    if (--this.#left === 0) this.#all.resolve()
  }

  async measure(add: (n: number) => Promise<unknown>): Promise<void> {
    const { everyMs, warmUpMs } = this.#given
    const jobs = this.#left
    const startedAtMs = performance.now()
    const adding: Promise<unknown>[] = []
    for (let n = 0; n < jobs; n++) {
      await sleep(Math.max(0, startedAtMs + n * everyMs - performance.now()))
      this.#addedAtMs[n] = performance.now()
      adding.push(add(n))
    }
    await Promise.all([...adding, this.#all.promise])
    const counted = this.#tookMs.slice(Math.floor(warmUpMs / everyMs))
    report({ p50Ms: percentile(counted, 0.5), p99Ms: percentile(counted, 0.99), maxMs: percentile(counted, 1) })
  }
}
