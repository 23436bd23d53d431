import type { Percentiles } from '../../src/contract/dashboard.ts'

/** Nearest-rank percentiles; all zero when nothing was measured. Sorts the values in place. */
export function percentilesOf(values: Float64Array): Percentiles {
  values.sort()
  const at = (share: number) => values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

/** What one job needs at least. */
export interface Need {
  /** Waiting or working, attempt after attempt, with the pauses between them. */
  chainMs: number
  /** How much of that occupies a slot. */
  slotMs: number
  /** How much of that occupies the event loop, on which nothing runs beside. */
  loopMs: number
}

/**
 * What no scheduler could beat: the longest job, all slots busy all the time, or the loop busy all the time, whichever
 * takes longest. Equal jobs that do not fill the last round still need a whole one.
 */
export function idealMs(needs: Iterable<Need>, concurrency: number): number {
  let count = 0
  let longest = 0
  let shortest = Infinity
  let slots = 0
  let loop = 0
  for (const { chainMs, slotMs, loopMs } of needs) {
    count++
    longest = Math.max(longest, chainMs)
    shortest = Math.min(shortest, slotMs)
    slots += slotMs
    loop += loopMs
  }
  const rounds = Math.ceil(count / concurrency)
  return count === 0 ? 0 : Math.max(longest, slots / concurrency, loop, rounds * shortest)
}

/** To a hundredth: what is below it is noise. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
