import type { Snapshot, Totals } from '../../src/contract/dashboard.ts'
import type { StatsView } from '../../src/client.ts'

const totals: Totals = {
  started: 0,
  done: 0,
  retried: 0,
  released: 0,
  dead: 0,
  cancelled: 0,
  quarantined: 0,
  timedOut: 0,
  stuck: 0,
  zombies: 0,
  polluted: 0,
  stale: 0,
}

/** What is shown where no worker process stands beside the API: the store's queues, and nothing that runs. */
export function standIn({ url, driver, version, now, queues }: StatsView): Snapshot {
  const atMs = Date.parse(now)
  return {
    atMs,
    worker: { session: 'no worker here', version, startedAtMs: atMs, state: 'stopped', url, driver, durable: '' },
    fibers: { running: 0, waiting: 0, concurrency: 0, allowed: 0 },
    totals,
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
