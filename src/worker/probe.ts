import { eventLoopUtilization, monitorEventLoopDelay } from 'node:perf_hooks'
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { Env } from '../base/env.ts'
import type { LoadProbe } from '../engine/options.ts'

const resolutionMs = 10
const everyMs = 100

/**
 * How loaded this process is: event-loop delay of the last moments, memory against its nearest limit (heap limit, cgroup
 * limit, or the machine), and CPU. Looked at ten times a second at most; a look costs some twenty microseconds.
 */
export class ProcessProbe implements LoadProbe {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  /** A second one for whoever shows it, because each reader starts it anew. */
  readonly #shown = monitorEventLoopDelay({ resolution: resolutionMs })
  readonly #memoryMax: number = memoryLimitBytes()
  readonly #heapMax: number = getHeapStatistics().heap_size_limit
  #looked = -Infinity
  #delayMs = 0
  #memory = 0
  #utilisation = eventLoopUtilization()
  #cpu: { usage: NodeJS.CpuUsage; atMonoMs: number }
  readonly #env: Env

  constructor(env: Env) {
    this.#env = env
    this.#cpu = { usage: process.cpuUsage(), atMonoMs: env.monoMs() }
  }

  start(): void {
    this.#histogram.enable()
    this.#shown.enable()
  }

  end(): void {
    this.#histogram.disable()
    this.#shown.disable()
  }

  loopDelayMs(): number {
    this.#look()
    return this.#delayMs
  }

  memoryUsed(): number {
    this.#look()
    return this.#memory
  }

  /** Event-loop delay since the last call. */
  loopDelay(): { p50: number; p99: number; max: number } {
    const delay = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
    const { max } = this.#shown
    const answer = { p50: delay(this.#shown.percentile(50)), p99: delay(this.#shown.percentile(99)), max: delay(max) }
    this.#shown.reset()
    return answer
  }

  /** Cores used since the last call. */
  cpu(): number {
    const atMonoMs = this.#env.monoMs()
    const { user, system } = process.cpuUsage(this.#cpu.usage)
    const cores = (user + system) / 1_000 / Math.max(1, atMonoMs - this.#cpu.atMonoMs)
    this.#cpu = { usage: process.cpuUsage(), atMonoMs }
    return cores
  }

  /** Share of the time that the event loop was busy, since the last call: 0 … 1. */
  utilisation(): number {
    const now = eventLoopUtilization()
    const { utilization } = eventLoopUtilization(now, this.#utilisation)
    this.#utilisation = now
    return utilization
  }

  get heapLimitBytes(): number {
    return this.#heapMax
  }

  #look(): void {
    const nowMonoMs = this.#env.monoMs()
    if (nowMonoMs - this.#looked < everyMs) return
    this.#looked = nowMonoMs
    this.#delayMs = Math.max(0, this.#histogram.max / 1e6 - resolutionMs)
    this.#histogram.reset()
    const { heapUsed, rss } = process.memoryUsage()
    this.#memory = Math.max(heapUsed / this.#heapMax, rss / this.#memoryMax)
  }
}

function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem()
}
