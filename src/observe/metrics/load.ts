import type { Env } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import type { Load } from './autoscale.ts'

/** What is older counts for less: half of it after about 40 s. */
const memoryMs = 60_000
const idleMax = 0.05

/**
 * Follows the load of a store, for `wantedReplicas`: look by look, from the depths of its queues and what the workers here count. What runs
 * everywhere is what arrives times how long it stays; so the arrivals need not be counted where they are not seen.
 */
export class LoadWatch {
  readonly #env: Env
  #atMonoMs: number | undefined
  #running = 0
  #backlog = 0
  #runs: { count: number; seconds: number } | undefined
  #meanRunSeconds: number | undefined

  constructor(env: Env) {
    this.#env = env
  }

  look(depths: readonly QueueDepth[], families: readonly MetricFamily[]): void {
    const nowMonoMs = this.#env.monoMs()
    const elapsedMs = this.#atMonoMs === undefined ? Infinity : nowMonoMs - this.#atMonoMs
    const fresh = 1 - Math.exp(-elapsedMs / memoryMs)
    this.#atMonoMs = nowMonoMs
    const running = sum(depths.map((depth) => depth.running))
    this.#running = mix(this.#running, running, fresh)
    // An average comes near 0 and never there; but who has nothing to do may go.
    if (running === 0 && this.#running < idleMax) this.#running = 0
    // Nobody may take from a paused queue: more replicas would not help it.
    this.#backlog = sum(depths.filter(({ paused }) => !paused).map(({ ready }) => ready))
    const runs = runsOf(families)
    const before = this.#runs ?? { count: 0, seconds: 0 }
    const ended = runs.count - before.count
    if (ended > 0) {
      const mean = (runs.seconds - before.seconds) / ended
      this.#meanRunSeconds = this.#meanRunSeconds === undefined ? mean : mix(this.#meanRunSeconds, mean, fresh)
    }
    this.#runs = runs
  }

  /** Of one replica with this concurrency. */
  load(concurrency: number): Load {
    const load = { backlog: this.#backlog, running: this.#running, concurrency }
    return this.#meanRunSeconds === undefined ? load : { ...load, meanRunSeconds: this.#meanRunSeconds }
  }
}

function runsOf(families: readonly MetricFamily[]): { count: number; seconds: number } {
  const samples = families.find(({ name }) => name === 'fiber_work_job_run_seconds')?.samples ?? []
  const total = (suffix: string) => sum(samples.filter(({ name }) => name?.endsWith(suffix)).map(({ value }) => value))
  return { count: total('_count'), seconds: total('_sum') }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const mix = (old: number, fresh: number, share: number): number => old + (fresh - old) * share
