import { type Channel, channel } from 'node:diagnostics_channel'
import type { EventName, Events } from '../contract/events.ts'

/** The channel of one event. Ask `hasSubscribers` before building a payload on a hot path. */
export function channelOf(event: EventName): Channel {
  return channel(`fiber-work:${event}`)
}

const channels = new Map<EventName, Channel>()

function known(event: EventName): Channel {
  let found = channels.get(event)
  if (found === undefined) channels.set(event, (found = channelOf(event)))
  return found
}

/** Does anybody listen? On a hot path asked first, so that not even the function that makes the payload is made. */
export function heard(event: EventName): boolean {
  return known(event).hasSubscribers
}

/** Tell the subscribers of an event, if there are any. A subscriber that throws does not reach the caller. */
export function emit<E extends EventName>(event: E, payload: () => Events[E]): void {
  const target = known(event)
  if (target.hasSubscribers) target.publish(payload())
}

/** The same without a function in between, where `heard` was asked just before: on the path of every job. */
export function tell<E extends EventName>(event: E, payload: Events[E]): void {
  known(event).publish(payload)
}

/** Subscribe; answers the function that ends it. */
export function on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
  const target = known(event)
  const receive = (payload: unknown) => listener(payload as Events[E])
  target.subscribe(receive)
  return () => void target.unsubscribe(receive)
}
