import { report, stopwatch } from './input.ts'
import { percentile, watchLoad } from './load.ts'

export const httpDefaults = { jobs: 30_000, concurrency: 10_000, origins: [] as string[], latencyMs: 1_000 }

export function urlOf(origins: readonly string[], n: number): string {
  return `${origins[n % origins.length]}/${n}`
}

/** Times HTTP jobs from here: how far each is over what the service takes, what failed, and how the loop bears it. */
export class HttpRun {
  readonly #latencyMs: number
  readonly #over: number[] = []
  readonly #load = watchLoad()
  readonly #watch = stopwatch()
  #failed = 0

  constructor(latencyMs: number) {
    this.#latencyMs = latencyMs
  }

  /** `get` answers whether the response was a good one. */
  async time(get: () => Promise<boolean>): Promise<void> {
    const startedAtMs = performance.now()
    try {
      if (!(await get())) this.#failed++
    } catch {
      this.#failed++
    }
    this.#over.push(performance.now() - startedAtMs - this.#latencyMs)
  }

  report(): void {
    const wallS = this.#watch.wallMs() / 1_000
    report({
      wallS,
      cpuS: this.#watch.cpuMs() / 1_000,
      overP50Ms: percentile(this.#over, 0.5),
      overP99Ms: percentile(this.#over, 0.99),
      ...this.#load(),
      failed: this.#failed,
    })
  }
}
