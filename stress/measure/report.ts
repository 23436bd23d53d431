import type { Percentiles } from '../../src/contract/dashboard.ts'
import type { Measured } from './meter.ts'
import { rounded } from './numbers.ts'
import type { Tally } from './tally.ts'

/** What `demo` and `stress` measured, and print with `--json`: exactly these fields. */
export interface Report {
  /** Enqueued. */
  jobs: number
  done: number
  /** Attempts that failed and were followed by another one. */
  retried: number
  dead: number
  /** Jobs that did not end as they had to. */
  lost: number
  /** Jobs that were executed more often than they had to. */
  duplicated: number
  /** From the first claim until the last verdict was written down. */
  wallMs: number
  /** What no scheduler could beat: see `idealMs`. */
  idealMs: number
  jobsPerSecond: number
  /** Run time of the attempts whose work takes a known time, above that time. */
  overheadMs: Percentiles
  /** Fibers at once. */
  inFlightPeak: number
  /** Of this process, the service left out. */
  rssPeakBytes: number
  heapPeakBytes: number
  /** User and system time of this process. */
  cpuMs: number
  /** How late the event loop was. */
  loopDelayMs: { p50: number; p99: number; max: number }
  verdict: 'passed' | 'failed'
}

/** The counts that the check of a run gave, what was measured, and what the events told. */
export function reportOf(
  counts: Pick<Report, 'jobs' | 'done' | 'dead' | 'lost' | 'duplicated'>,
  passed: boolean,
  idealMs: number,
  measured: Measured,
  tally: Tally,
): Report {
  const { p50, p90, p99, max } = tally.overheadMs()
  const { loopDelayMs: loop } = measured
  return {
    jobs: counts.jobs,
    done: counts.done,
    retried: tally.retried,
    dead: counts.dead,
    lost: counts.lost,
    duplicated: counts.duplicated,
    wallMs: rounded(measured.wallMs),
    idealMs: rounded(idealMs),
    jobsPerSecond: rounded((tally.ended / measured.wallMs) * 1_000),
    overheadMs: { p50: rounded(p50), p90: rounded(p90), p99: rounded(p99), max: rounded(max) },
    inFlightPeak: tally.inFlightPeak,
    rssPeakBytes: measured.rssPeakBytes,
    heapPeakBytes: measured.heapPeakBytes,
    cpuMs: rounded(measured.cpuMs),
    loopDelayMs: { p50: rounded(loop.p50), p99: rounded(loop.p99), max: rounded(loop.max) },
    verdict: passed ? 'passed' : 'failed',
  }
}
