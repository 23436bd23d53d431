import { report, stopwatch } from './input.ts'
import { meterRedis } from './redis-meter.ts'

/** Times `jobs` jobs from here, the start of the worker, to `settled`, which reports them. */
export function measureWork(url: string, jobs: number): { ran: () => void; settled: () => void } {
  const meter = meterRedis(url)
  let firstMs: number | undefined
  const watch = stopwatch()
  return {
    ran() {
      firstMs ??= watch.wallMs()
    },
    settled() {
      const wallMs = watch.wallMs()
      const cpuMs = watch.cpuMs()
      report({
        workedPerSecond: (jobs / wallMs) * 1_000,
        cpuUs: (cpuMs / jobs) * 1_000,
        ...meter(jobs),
        firstMs: firstMs ?? Number.NaN,
        rssPeakMb: process.resourceUsage().maxRSS / 1_024,
      })
    },
  }
}
