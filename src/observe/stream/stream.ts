import { on } from '../../base/emit.ts'
import type { Env, Timer } from '../../base/env.ts'
import type { EventName, Events } from '../../contract/events.ts'
import type { EventWish, StreamEvent } from '../../contract/fleet.ts'
import { type View, views } from './views.ts'
import { isWished } from './wish.ts'

const everyMs = 250
const batchMax = 200

/** What happens in this process, to one who listens. */
export interface EventStream {
  /** From now on this is told, and nothing else. */
  want(wish: EventWish): void
  end(): void
}

/**
 * Tells what happens in this process, in batches four times a second at most; of what is more than a batch holds the rest is counted
 * (`events.dropped`). It listens from now on until it is ended, to what is wanted and to nothing else: the rest costs nothing.
 */
export function startStream(env: Env, tell: (events: StreamEvent[]) => void, wish: EventWish): EventStream {
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
  const ends = new Map<EventName, () => void>()
  const want = (now: EventWish) => {
    for (const name of Object.keys(views) as EventName[]) {
      if (isWished(name, now)) {
        if (!ends.has(name))
          ends.set(
            name,
            on(name, (payload) => hear(name, payload)),
          )
      } else {
        ends.get(name)?.()
        ends.delete(name)
      }
    }
  }
  want(wish)
  return {
    want,
    end() {
      want([])
      env.clearTimer(timer)
    },
  }
}

/** A stream that is there while something is wanted. */
export function streamOnWish(env: Env, tell: (events: StreamEvent[]) => void): (wish: EventWish | undefined) => void {
  let stream: EventStream | undefined
  return (wish) => {
    if (wish === undefined) {
      stream?.end()
      stream = undefined
    } else if (stream === undefined) stream = startStream(env, tell, wish)
    else stream.want(wish)
  }
}
