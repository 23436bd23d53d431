import type { Env } from '../base/env.ts'
import type { Client } from '../connect/client.ts'
import type { QueueDepth } from '../contract/driver.ts'
import type { Fleet } from '../contract/fleet.ts'
import type { MetricFamily } from '../contract/metrics.ts'
import { type Scale, type ScaleWish, wantedReplicas } from '../observe/metrics/autoscale.ts'
import { capsOf, LoadWatch } from '../observe/metrics/load.ts'
import { FleetMetrics } from '../observe/metrics/merge.ts'
import { StoreMetrics } from '../observe/metrics/store-metrics.ts'
import type { Definitions } from './definitions.ts'

const drainSecondsDefault = 60

export interface ApiMetricsParts {
  env: Env
  client: Client
  fleet: Fleet
  definitions: Definitions
}

/** What the worker processes of this machine count, what the store says, and how many replicas that asks for. */
export class ApiMetrics {
  readonly #parts: ApiMetricsParts
  readonly #merged = new FleetMetrics()
  readonly #store: StoreMetrics
  readonly #load: LoadWatch
  #depths: readonly QueueDepth[] = []

  constructor(parts: ApiMetricsParts) {
    const { env, client, definitions } = parts
    this.#parts = parts
    this.#load = new LoadWatch(env)
    this.#store = new StoreMetrics({
      env,
      driver: client.driver,
      queues: () => [...new Set(definitions.all.map(({ queue }) => queue.name))],
      looked: (depths) => (this.#depths = depths),
    })
  }

  async families(): Promise<MetricFamily[]> {
    const [{ answers }, ofStore] = await Promise.all([
      this.#parts.fleet.ask('metrics', undefined),
      this.#store.families(),
    ])
    const processes = answers.map(({ process, pid, answer }) => ({ process, pid, families: answer }))
    const families = [...this.#merged.merge(processes), ...ofStore]
    this.#load.look(this.#depths, families)
    return families
  }

  async scale({ drainSeconds = drainSecondsDefault, ...wish }: ScaleWish): Promise<Scale> {
    const families = await this.families()
    const slots = families.find(({ name }) => name === 'fiber_work_slots')?.samples ?? []
    const concurrency = slots.reduce((sum, { value }) => sum + value, 0)
    const caps = await capsOf(this.#parts.client.driver, this.#depths)
    return wantedReplicas(this.#load.load(concurrency, drainSeconds, caps), { ...wish, drainSeconds })
  }
}
