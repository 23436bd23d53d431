import type { Env } from '../../base/env.ts'
import type { Driver, QueueDepth } from '../../contract/driver.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import type { Load } from './autoscale.ts'

/** What is older counts for less: half of it after about 40 s. */
const memoryMs = 60_000
const idleMax = 0.05
/** Queues whose limits are asked for at once. */
const capsMax = 50

/** What limits of the store let through of one queue. */
export interface QueueCap {
  concurrencyMax: number
  jobsPerSecond: number
}

/**
 * Follows the load of a store, for `wantedReplicas`: look by look, from the depths of its queues and what the workers here count. What runs
 * everywhere is what arrives times how long it stays; so the arrivals need not be counted where they are not seen.
 */
export class LoadWatch {
  readonly #env: Env
  #atMonoMs: number | undefined
  #depths: readonly QueueDepth[] = []
  #running = 0
  #runs = { count: 0, seconds: 0 }
  #meanRunSeconds: number | undefined

  constructor(env: Env) {
    this.#env = env
  }

  look(depths: readonly QueueDepth[], families: readonly MetricFamily[]): void {
    const nowMonoMs = this.#env.monoMs()
    const elapsedMs = this.#atMonoMs === undefined ? Infinity : nowMonoMs - this.#atMonoMs
    const fresh = 1 - Math.exp(-elapsedMs / memoryMs)
    this.#atMonoMs = nowMonoMs
    this.#depths = depths
    const running = sum(depths.map((depth) => depth.running))
    this.#running = mix(this.#running, running, fresh)
    // An average comes near 0 and never there; but who has nothing to do may go.
    if (running === 0 && this.#running < idleMax) this.#running = 0
    this.#learn(runsOf(families), fresh)
  }

  /** For replicas of this concurrency. `caps`: see `capsOf`. */
  load(concurrency: number, drainSeconds: number, caps: ReadonlyMap<string, QueueCap> = new Map()): Load {
    const meanSeconds = this.#meanRunSeconds
    // Nobody may take from a paused queue: more replicas would not help it.
    const queues = this.#depths.filter(({ paused }) => !paused)
    const free = queues.map((depth) =>
      takenInTime(depth, caps.get(depth.queue), meanSeconds ?? drainSeconds, drainSeconds),
    )
    const backlog = sum(free)
    return {
      ...{ backlog, concurrency, running: this.#running },
      held: sum(queues.map(({ ready }) => ready)) - backlog,
      ...(meanSeconds !== undefined && { meanRunSeconds: meanSeconds }),
    }
  }

  #learn(runs: { count: number; seconds: number }, fresh: number): void {
    const ended = runs.count - this.#runs.count
    if (ended > 0) {
      const mean = (runs.seconds - this.#runs.seconds) / ended
      this.#meanRunSeconds = this.#meanRunSeconds === undefined ? mean : mix(this.#meanRunSeconds, mean, fresh)
    }
    this.#runs = runs
  }
}

/**
 * The caps of the queues in which jobs wait, as far as limits bind a queue as a whole. What binds each group is not reckoned with: nobody
 * knows how many groups wait.
 */
export async function capsOf(driver: Driver, depths: readonly QueueDepth[]): Promise<Map<string, QueueCap>> {
  const { limits } = driver
  if (limits === undefined) return new Map()
  const waiting = depths.filter(({ ready }) => ready > 0).slice(0, capsMax)
  const caps = await Promise.all(
    waiting.map(async ({ queue }): Promise<[string, QueueCap]> => {
      const { concurrencyMax = Infinity, rates = [] } = (await limits.read(queue)).queue
      const jobsPerSecond = Math.min(...rates.map(({ tokens, perMs }) => (tokens / perMs) * 1_000))
      return [queue, { concurrencyMax, jobsPerSecond }]
    }),
  )
  return new Map(caps)
}

/** How many of the ready jobs may be taken before a backlog should be gone. */
function takenInTime(
  { ready, running }: QueueDepth,
  cap: QueueCap | undefined,
  meanSeconds: number,
  drainSeconds: number,
): number {
  if (cap === undefined) return ready
  const bySlots = (Math.max(0, cap.concurrencyMax - running) * drainSeconds) / meanSeconds
  return Math.min(ready, bySlots, cap.jobsPerSecond * drainSeconds)
}

function runsOf(families: readonly MetricFamily[]): { count: number; seconds: number } {
  const samples = families.find(({ name }) => name === 'fiber_work_job_run_seconds')?.samples ?? []
  const total = (suffix: string) => sum(samples.filter(({ name }) => name?.endsWith(suffix)).map(({ value }) => value))
  return { count: total('_count'), seconds: total('_sum') }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const mix = (old: number, fresh: number, share: number): number => old + (fresh - old) * share
