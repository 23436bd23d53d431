import { noTotals, type Snapshot } from '../../src/contract/dashboard.ts'
import type { StatsView } from '../../src/client.ts'

/** What is shown where no worker process stands beside the API: the store's queues, and nothing that runs. */
export function standIn({ url, driver, version, now, queues }: StatsView): Snapshot {
  const atMs = Date.parse(now)
  return {
    atMs,
    worker: { session: 'no worker here', version, startedAtMs: atMs, state: 'stopped', url, driver, durable: '' },
    fibers: { running: 0, waiting: 0, concurrency: 0, allowed: 0 },
    totals: noTotals,
    loopDelayMs: { p50: 0, p99: 0, max: 0 },
    loopUtilisation: 0,
    cpu: 0,
    memory: { rssBytes: 0, heapUsedBytes: 0, heapLimitBytes: 0 },
    queues: queues.map(({ oldestReadyMs, ...counts }) => ({
      ...counts,
      ...(oldestReadyMs !== undefined && { oldestReadyMs }),
    })),
    definitions: [],
    slowest: [],
    failures: [],
  }
}
