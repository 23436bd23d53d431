import type { Unique } from '../../src/contract/index.ts'
import type { Holder, Queue } from './queue.ts'

/** Ends of windows looked at in one enqueue. */
const trimMax = 10

/** Who holds the key now. */
export function holderOf(queue: Queue, key: string, nowMs: number): Holder | undefined {
  const holder = queue.unique.get(key)
  if (holder === undefined || holder.untilMs > nowMs) return holder
  free(queue, holder)
  return undefined
}

/** The job holds the key from now on. Whoever held it before does no longer. */
export function hold(queue: Queue, { key, forMs }: Unique, id: string, nowMs: number): void {
  const before = queue.unique.get(key)
  if (before !== undefined) free(queue, before)
  trim(queue, nowMs)
  const untilMs = forMs === undefined ? Infinity : nowMs + forMs
  const holder: Holder = { key, id, untilMs, heapAt: -1, heapKey: untilMs, heapTie: 0 }
  queue.unique.set(key, holder)
  if (forMs !== undefined) queue.windows.add(holder)
}

/** The job has ended: its key is free, if it is still its own and has no window to wait for. */
export function letGo(queue: Queue, { key }: Unique, id: string): void {
  const holder = queue.unique.get(key)
  if (holder !== undefined && holder.id === id && holder.untilMs === Infinity) free(queue, holder)
}

function free(queue: Queue, holder: Holder): void {
  queue.unique.delete(holder.key)
  if (holder.heapAt >= 0) queue.windows.remove(holder)
}

function trim(queue: Queue, nowMs: number): void {
  for (let i = 0; i < trimMax; i++) {
    const holder = queue.windows.first()
    if (holder === undefined || holder.untilMs > nowMs) return
    free(queue, holder)
  }
}
