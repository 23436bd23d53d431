import type { Engine } from '../engine/engine.ts'
import { WorkerMetrics, type WorkerNow } from '../observe/metrics/worker-metrics.ts'
import type { WorkerParts } from './worker.ts'

type Parts = Pick<WorkerParts, 'env' | 'driver' | 'probe' | 'version'> & {
  engine: Pick<WorkerParts['engine'], 'registry'>
}

/** The metrics of a worker, which know nothing of its engine. */
export function metricsOf(engine: Engine, parts: Parts, startedAtMs: number): WorkerMetrics {
  const { env, driver, probe, version } = parts
  const { registry } = parts.engine
  return new WorkerMetrics({
    env,
    known: { queues: engine.queues, names: (queue) => registry.names(queue) },
    about: {
      ...{ version, startedAtMs },
      driver: driver.name,
      durable: driver.traits.durable,
      heapLimitBytes: probe.heapLimitBytes,
    },
    session: () => engine.session,
    now: () => nowOf(engine),
  })
}

function nowOf(engine: Engine): WorkerNow {
  const { roster, intake, beat, lease, options } = engine
  return {
    state: engine.state,
    inFlight: engine.queues.map((queue) => [queue, roster.running(queue)] as const),
    pacing: engine.pace.waiting,
    slots: engine.concurrency,
    allowed: engine.allowed,
    cutBy: engine.cutBy,
    silenceMs: options.env.monoMs() - Math.max(intake.answeredMonoMs, beat.answeredMonoMs),
    leaseAgeMs: lease.ageMs,
    renewals: lease.renewals,
  }
}
