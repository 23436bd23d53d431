import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Percentiles } from '../contract/dashboard.ts'

/** Durations of the last whole window and the present one, so that a look just after a change of windows is not empty. */
export class DurationWindow {
  readonly #lengthMs: number
  #current: RecordableHistogram = createHistogram()
  #previous: RecordableHistogram = createHistogram()
  #sinceMonoMs = -Infinity

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  record(ms: number, nowMonoMs: number): void {
    this.#turn(nowMonoMs)
    // Histograms hold integers from 1: microseconds are fine enough and span an hour without trouble.
    this.#current.record(Math.max(1, Math.round(ms * 1_000)))
  }

  /** Undefined when nothing was recorded lately. */
  percentiles(nowMonoMs: number): Percentiles | undefined {
    this.#turn(nowMonoMs)
    const filled = this.#current.count > this.#previous.count / 4 ? this.#current : this.#previous
    return filled.count === 0 ? undefined : percentilesOf(filled)
  }

  #turn(nowMonoMs: number): void {
    const elapsedMs = nowMonoMs - this.#sinceMonoMs
    if (elapsedMs < this.#lengthMs) return
    ;[this.#previous, this.#current] = [this.#current, this.#previous]
    this.#current.reset()
    if (elapsedMs >= 2 * this.#lengthMs) this.#previous.reset()
    this.#sinceMonoMs = nowMonoMs
  }
}

/** Percentiles in milliseconds of a histogram of microseconds. */
export function percentilesOf(histogram: RecordableHistogram): Percentiles {
  const at = (percent: number) => histogram.percentile(percent) / 1_000
  return { p50: at(50), p90: at(90), p99: at(99), max: histogram.max / 1_000 }
}
