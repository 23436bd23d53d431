import type { Worker } from 'node:worker_threads'
import type { Env, Timer } from '../base/env.ts'

const lookMs = 100
/** Buffers that nobody holds any more count until V8 collects them, which it puts off for about this much. */
const slackBytes = 64 * 2 ** 20
/** So often in a row. */
const looks = 2

/**
 * V8 limits a thread's heap, and what lies outside of it (buffers, the memory of WebAssembly) not at all: that is looked at from here,
 * whatever the thread does. Answers the function that ends it.
 */
export function watchMemory(env: Env, thread: Worker, mbMax: number, exceeded: () => void): () => void {
  let over = 0
  let timer: Timer | undefined
  let ended = false
  const look = async () => {
    const bytes = await thread.getHeapStatistics().then(
      (heap) => heap.external_memory,
      () => undefined,
    )
    if (ended || bytes === undefined) return
    over = bytes > mbMax * 2 ** 20 + slackBytes ? over + 1 : 0
    if (over === looks) exceeded()
    else again()
  }
  const again = () => (timer = env.setTimer(() => void look(), lookMs, 'idle'))
  again()
  return () => {
    ended = true
    env.clearTimer(timer)
  }
}
