import { answered } from '../../base/answered.ts'
import type { Env } from '../../base/env.ts'
import type { Driver, QueueDepth } from '../../contract/driver.ts'
import type { MetricFamily, MetricSample } from '../../contract/metrics.ts'
import { setsMax } from './label-sets.ts'
import { familyOf } from './table.ts'

/** However many scrape, the store is asked no more often. */
const freshMs = 2_000
const patienceMs = 5_000
const states = ['ready', 'delayed', 'blocked', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const

export interface StoreMetricsParts {
  env: Env
  driver: Driver
  /** Those that the workers of this process have; they come first where the store has too many. */
  queues: () => readonly string[]
  /** Hears what the store said each time that it was asked, for whoever reckons with it too. */
  looked?: (depths: readonly QueueDepth[]) => void
}

/** What only the store knows: made once for all workers of a machine, when somebody asks. */
export class StoreMetrics {
  readonly #parts: StoreMetricsParts
  #madeMonoMs = -Infinity
  #making: Promise<MetricFamily[]> | undefined

  constructor(parts: StoreMetricsParts) {
    this.#parts = parts
  }

  /** At most 2 s old. A store that does not answer within 5 s has `fiber_work_store_up` 0 and nothing else: old depths would be lies. */
  families(): Promise<MetricFamily[]> {
    const { env } = this.#parts
    if (this.#making === undefined || env.monoMs() - this.#madeMonoMs >= freshMs) {
      this.#madeMonoMs = Infinity
      this.#making = this.#make().finally(() => {
        this.#madeMonoMs = env.monoMs()
      })
    }
    return this.#making
  }

  async #make(): Promise<MetricFamily[]> {
    const { env } = this.#parts
    try {
      const asked = answered(env, { verb: 'depth', timeoutMs: patienceMs, kind: 'idle' }, this.#ask())
      return [up(1), ...(await asked)]
    } catch {
      return [up(0)]
    }
  }

  async #ask(): Promise<MetricFamily[]> {
    const { driver, env, looked } = this.#parts
    const own = this.#parts.queues()
    const all = [...new Set([...own, ...((await driver.inspector?.queues()) ?? [])])]
    const listed = all.slice(0, Math.max(setsMax, own.length))
    const depths = await driver.depth(listed)
    looked?.(depths)
    const sessions = await driver.inspector?.sessions()
    const alive = sessions?.filter(({ leaseUntilMs }) => leaseUntilMs > env.nowMs()).length ?? 0
    return [
      ...depthFamilies(depths),
      familyOf('fiber_work_queues_unlisted', [{ labels: {}, value: all.length - listed.length }]),
      familyOf('fiber_work_sessions', [
        ...(sessions === undefined ? [] : [{ labels: { state: 'alive' }, value: alive }]),
        ...(sessions === undefined ? [] : [{ labels: { state: 'expired' }, value: sessions.length - alive }]),
      ]),
    ]
  }
}

function depthFamilies(depths: readonly QueueDepth[]): MetricFamily[] {
  const each = (value: (depth: QueueDepth) => number): MetricSample[] =>
    depths.map((depth) => ({ labels: { queue: depth.queue }, value: value(depth) }))
  const jobs = states.flatMap((state) =>
    depths.map((depth) => ({ labels: { queue: depth.queue, state }, value: depth[state] })),
  )
  return [
    familyOf('fiber_work_queue_jobs', jobs),
    familyOf(
      'fiber_work_queue_oldest_ready_seconds',
      each(({ oldestReadyMs = 0 }) => oldestReadyMs / 1_000),
    ),
    familyOf(
      'fiber_work_queue_paused',
      each(({ paused }) => Number(paused)),
    ),
  ]
}

const up = (value: number): MetricFamily => familyOf('fiber_work_store_up', [{ labels: {}, value }])
