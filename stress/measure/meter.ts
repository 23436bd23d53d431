import { monitorEventLoopDelay } from 'node:perf_hooks'

const everyMs = 100
const resolutionMs = 10

export interface Measured {
  wallMs: number
  cpuMs: number
  rssPeakBytes: number
  heapPeakBytes: number
  loopDelayMs: { p50: number; p99: number; max: number }
}

/** Measures this process from its making until `end`, ten looks a second: some thirty microseconds each. */
export class Meter {
  readonly #startedMs = performance.now()
  readonly #cpu = process.cpuUsage()
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  readonly #timer: NodeJS.Timeout
  #rss = 0
  #heap = 0

  constructor() {
    this.#delay.enable()
    this.#timer = setInterval(() => this.#look(), everyMs).unref()
  }

  end(): Measured {
    const wallMs = performance.now() - this.#startedMs
    const { user, system } = process.cpuUsage(this.#cpu)
    clearInterval(this.#timer)
    this.#delay.disable()
    this.#look()
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
    const { max } = this.#delay
    return {
      wallMs,
      cpuMs: (user + system) / 1_000,
      rssPeakBytes: this.#rss,
      heapPeakBytes: this.#heap,
      loopDelayMs: { p50: late(this.#delay.percentile(50)), p99: late(this.#delay.percentile(99)), max: late(max) },
    }
  }

  #look(): void {
    const { rss, heapUsed } = process.memoryUsage()
    this.#rss = Math.max(this.#rss, rss)
    this.#heap = Math.max(this.#heap, heapUsed)
  }
}
