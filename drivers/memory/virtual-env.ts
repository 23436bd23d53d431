import { systemEnv } from '../../src/base/env.ts'
import type { Env } from '../../src/base/env.ts'
import { Heap } from './heap.ts'
import type { HeapItem } from './heap.ts'

export interface VirtualEnv extends Env {
  /** Move the clock on, timer by timer, and let everything that each of them starts come to rest. */
  advance(ms: number): Promise<void>
}

/** Time that stands still until it is moved: what the tests of this driver run on. */
export function virtualEnv(startMs = 1_800_000_000_000): VirtualEnv {
  const timers = new Heap<HeapItem & { run: () => void }>()
  let nowMs = startMs
  let count = 0
  const rest = () => new Promise<void>((resolve) => systemEnv.immediate(resolve))
  return {
    ...systemEnv,
    nowMs: () => nowMs,
    monoMs: () => nowMs - startMs,
    setTimer(run, delayMs) {
      const timer = { run, heapAt: -1, heapKey: nowMs + delayMs, heapTie: ++count }
      timers.add(timer)
      return { timer }
    },
    clearTimer(timer) {
      const item = timer?.timer as (HeapItem & { run: () => void }) | undefined
      if (item !== undefined && item.heapAt >= 0) timers.remove(item)
    },
    random: () => 0.5,
    id: () => `id-${++count}`,
    async advance(ms) {
      const untilMs = nowMs + ms
      await rest()
      for (let timer = timers.first(); timer !== undefined && timer.heapKey <= untilMs; timer = timers.first()) {
        nowMs = timer.heapKey
        timers.remove(timer)
        timer.run()
        await rest()
      }
      nowMs = untilMs
    },
  }
}
