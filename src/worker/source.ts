import type { DashboardSource, RunningRow, Snapshot } from '../contract/dashboard.ts'
import type { Driver, QueueDepth } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { Stats } from '../observe/stats.ts'
import type { ProcessProbe } from './probe.ts'

const slowestMax = 50

export interface SourceParts {
  engine: Engine
  driver: Driver
  stats: Stats
  probe: ProcessProbe
  version: string
  url: string
  startedAtMs: number
}

/** A worker of this process as a dashboard sees it. */
export function dashboardSource(parts: SourceParts): DashboardSource {
  const { engine, driver } = parts
  let depths: QueueDepth[] = []
  const inspector = () => {
    if (driver.inspector !== undefined) return driver.inspector
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `The ${driver.name} driver cannot look at single jobs (facet \`inspector\`).`,
    )
  }
  return {
    async snapshot() {
      // A store that does not answer, and a worker that has left it, still have something to show.
      if (engine.state !== 'stopped') depths = await driver.depth(engine.queues).catch(() => depths)
      return takeSnapshot(parts, depths)
    },
    job: async (id) => (await inspector().find([id]))[0],
    list: (filter, page) => inspector().list(filter, page),
    pause: async (queue) => (queue === undefined ? engine.pause() : inspector().pause([queue])),
    resume: async (queue) => (queue === undefined ? engine.resume() : inspector().resume([queue])),
    setConcurrency: async (concurrency) => engine.setConcurrency(concurrency),
    retry: (ids) => inspector().retry(ids),
    cancel: (ids) => inspector().cancel(ids),
    remove: (ids) => inspector().remove(ids),
  }
}

function takeSnapshot({ engine, driver, stats, probe, ...about }: SourceParts, queues: QueueDepth[]): Snapshot {
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
