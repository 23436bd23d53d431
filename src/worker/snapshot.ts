import type { RunningRow, Snapshot } from '../contract/dashboard.ts'
import type { Driver, QueueDepth } from '../contract/driver.ts'
import type { Engine } from '../engine/engine.ts'
import type { Stats } from '../observe/stats.ts'
import type { ProcessProbe } from './probe.ts'

const slowestMax = 50

export interface SnapshotParts {
  engine: Engine
  driver: Driver
  stats: Stats
  probe: ProcessProbe
  version: string
  url: string
  startedAtMs: number
}

/** A worker of this process as a dashboard sees it. It keeps the depths it has seen last: a store that does not answer, and a worker that has left it, still have something to show. */
export function snapshots(parts: SnapshotParts): () => Promise<Snapshot> {
  const { engine, driver } = parts
  let depths: QueueDepth[] = []
  return async () => {
    if (engine.state !== 'stopped') depths = await driver.depth(engine.queues).catch(() => depths)
    return takeSnapshot(parts, depths)
  }
}

function takeSnapshot({ engine, driver, stats, probe, ...about }: SnapshotParts, queues: QueueDepth[]): Snapshot {
  const { rss, heapUsed } = process.memoryUsage()
  const runMs = stats.runMs()
  const waitMs = stats.waitMs()
  const cutBy = engine.cutBy
  const blocked = stats.blocked()
  const zombie = stats.zombie()
  return {
    atMs: engine.options.env.nowMs(),
    worker: {
      session: engine.session,
      version: about.version,
      startedAtMs: about.startedAtMs,
      state: engine.state,
      url: about.url,
      driver: driver.name,
      durable: driver.traits.durable,
    },
    fibers: {
      running: engine.roster.size,
      waiting: engine.pace.waiting,
      concurrency: engine.concurrency,
      allowed: engine.allowed,
      ...(cutBy !== undefined && { cutBy }),
    },
    totals: { ...stats.totals },
    ...(runMs !== undefined && { runMs }),
    ...(waitMs !== undefined && { waitMs }),
    loopDelayMs: probe.loopDelay(),
    loopUtilisation: probe.utilisation(),
    cpu: probe.cpu(),
    memory: { rssBytes: rss, heapUsedBytes: heapUsed, heapLimitBytes: probe.heapLimitBytes },
    queues,
    definitions: stats.definitions(),
    slowest: slowestOf(engine),
    ...(blocked !== undefined && { blocked }),
    ...(zombie !== undefined && { zombie }),
    failures: stats.failures(),
  }
}

/** The longest-running ones. */
function slowestOf({ roster, options }: Engine): RunningRow[] {
  const nowMonoMs = options.env.monoMs()
  return roster.oldest(slowestMax).map(({ fiber }) => {
    const { job, attempts } = fiber.loan
    const doing = fiber.calls.values().next().value?.what
    return {
      id: job.id,
      name: job.name,
      queue: job.queue,
      ...(job.group !== undefined && { group: job.group }),
      attempt: attempts,
      elapsedMs: nowMonoMs - fiber.startedMonoMs,
      ...(doing !== undefined && { doing }),
      ...(fiber.progress !== undefined && { progress: fiber.progress }),
    }
  })
}
