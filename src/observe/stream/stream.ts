import { on } from '../../base/emit.ts'
import type { Env, Timer } from '../../base/env.ts'
import type { EventName, Events } from '../../contract/events.ts'
import type { StreamEvent } from '../../contract/fleet.ts'
import { type View, views } from './views.ts'

const everyMs = 250
const batchMax = 200

/**
 * Tells what happens in this process, in batches four times a second at most; of what is more than a batch holds the rest is counted
 * (`events.dropped`). It listens from now on until the answered function is called; before and after it costs nothing.
 */
export function startStream(env: Env, tell: (events: StreamEvent[]) => void): () => void {
  let batch: StreamEvent[] = []
  let dropped = 0
  let timer: Timer | undefined
  const flush = () => {
    timer = undefined
    const events = batch
    if (dropped > 0) events.push({ event: 'events.dropped', atMs: env.nowMs(), data: { count: dropped } })
    batch = []
    dropped = 0
    tell(events)
  }
  const hear = (name: EventName, payload: Events[EventName]) => {
    timer ??= env.setTimer(flush, everyMs, 'idle')
    if (batch.length >= batchMax) return void dropped++
    batch.push({ event: name, atMs: env.nowMs(), ...(views[name] as View<EventName>)(payload) })
  }
  const ends = (Object.keys(views) as EventName[]).map((name) => on(name, (payload) => hear(name, payload)))
  return () => {
    for (const end of ends) end()
    env.clearTimer(timer)
  }
}
