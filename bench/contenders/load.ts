import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 10

/** Event-loop delay and peak memory of this process, for contenders that hold many jobs at once. */
export function watchLoad(): () => Record<string, number> {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  return () => ({
    loopP99Ms: late(histogram.percentile(99)),
    loopMaxMs: late(histogram.max),
    rssPeakMb: process.resourceUsage().maxRSS / 1_024,
  })
}

/** p50, p99 of a list, in whatever unit it has. */
export function percentile(values: number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}
