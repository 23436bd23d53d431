import { eventLoopUtilization, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Env } from '../../base/env.ts'
import type { Instruments } from './instruments.ts'
import { metrics } from './table.ts'

const resolutionMs = 10
const turnMs = 15_000

type LoopDelayMonitor = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  'count' | 'max' | 'mean' | 'percentiles' | 'reset' | 'enable' | 'disable'
>

/** The delay of the event loop, for however many scrapers: each look adds what came since the last one. */
export class LoopDelay {
  readonly #env: Env
  readonly #histogram: LoopDelayMonitor
  #sinceMonoMs: number
  #maxMs = 0
  #lastMaxMs = 0

  constructor(env: Env, histogram: LoopDelayMonitor = monitorEventLoopDelay({ resolution: resolutionMs })) {
    this.#env = env
    this.#histogram = histogram
    this.#sinceMonoMs = env.monoMs()
  }

  start(): void {
    this.#histogram.enable()
  }

  end(): void {
    this.#histogram.disable()
  }

  collect(instruments: Instruments): void {
    const histogram = this.#histogram
    if (histogram.count > 0) {
      this.#maxMs = Math.max(this.#maxMs, delayOf(histogram.max))
      this.#add(instruments)
      histogram.reset()
    }
    instruments.set('fiber_work_loop_delay_max_seconds', Math.max(this.#maxMs, this.#lastMaxMs) / 1_000)
    if (this.#env.monoMs() - this.#sinceMonoMs < turnMs) return
    this.#sinceMonoMs = this.#env.monoMs()
    this.#lastMaxMs = this.#maxMs
    this.#maxMs = 0
  }

  /** Node tells percentiles, a ladder that gets finer towards the end: each rung is so many samples up to that value. */
  #add(instruments: Instruments): void {
    const { count, mean, percentiles } = this.#histogram
    const buckets = instruments.buckets('fiber_work_loop_delay_seconds')
    const bounds = metrics.fiber_work_loop_delay_seconds.buckets
    const sumMs = count * delayOf(mean)
    let told = 0
    for (const [percent, nanoseconds] of percentiles) {
      const upTo = Math.round((count * percent) / 100)
      if (upTo <= told) continue
      const seconds = delayOf(nanoseconds) / 1_000
      const at = bounds.findIndex((bound) => seconds <= bound)
      buckets.addTo(at < 0 ? bounds.length : at, upTo - told, told === 0 ? sumMs : 0)
      told = upTo
    }
  }
}

const delayOf = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs)

/** Time, CPU and memory of the process, as they are now. */
export function collectProcess(instruments: Instruments, heapLimitBytes: number): void {
  const { active, idle } = eventLoopUtilization()
  instruments.set('fiber_work_loop_seconds_total', active / 1_000, 'active')
  instruments.set('fiber_work_loop_seconds_total', idle / 1_000, 'idle')
  const { user, system } = process.cpuUsage()
  instruments.set('fiber_work_cpu_seconds_total', user / 1e6, 'user')
  instruments.set('fiber_work_cpu_seconds_total', system / 1e6, 'system')
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  const kinds = { rss, heap_used: heapUsed, heap_total: heapTotal, external, array_buffers: arrayBuffers }
  for (const [kind, bytes] of Object.entries(kinds)) instruments.set('fiber_work_memory_bytes', bytes, kind)
  instruments.set('fiber_work_heap_limit_bytes', heapLimitBytes)
}
