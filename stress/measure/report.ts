import type { Percentiles } from '../../src/contract/dashboard.ts'

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
