import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'

/** What a process holds, at one moment. */
export interface Holdings {
  /** Memory that has outlived the collections before: not the youngest, of which most is garbage. */
  bytes: number
  /** Timers, sockets, servers and the like that keep the process alive. */
  handles: number
  /** Listeners on process and its two output streams. */
  listeners: number
}

/** Looks at the process after each full collection of garbage, which is when its memory tells the truth. */
export interface Gauge {
  /** Calls back after each full collection, until the answered function is called. */
  watch(collected: () => void): () => void
  look(): Holdings
}

export const processGauge: Gauge = {
  watch(collected) {
    const observer = new PerformanceObserver((list) => {
      const full = list.getEntries().some((entry) => isFull((entry as { detail?: unknown }).detail))
      if (full) collected()
    })
    observer.observe({ entryTypes: ['gc'] })
    return () => observer.disconnect()
  },
  look: () => ({ bytes: oldBytes(), handles: process.getActiveResourcesInfo().length, listeners: listenersOf() }),
}

function isFull(detail: unknown): boolean {
  return (detail as { kind?: number } | undefined)?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}

function oldBytes(): number {
  const old = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.startsWith('new_'))
  return old.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0) + getHeapStatistics().external_memory
}

/** All listeners of what is there from the start and shared by everybody. */
export function listenersOf(): number {
  return [process, process.stdout, process.stderr].reduce(
    (sum, emitter) => sum + emitter.eventNames().reduce((of, event) => of + emitter.listenerCount(event), 0),
    0,
  )
}
