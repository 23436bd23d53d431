import { inspect } from 'node:util'
import { emit, heard, on } from '../base/emit.ts'
import type { EventName, Events } from '../contract/events.ts'
import { carry, revive } from './carry.ts'
import type { FromThread } from './messages.ts'

/** What happens inside a thread and is listened to outside. */
const relayed = [
  'job.log',
  'job.zombie',
  'job.disposal',
  'job.blamed',
  'worker.stray',
  'http.ended',
  'facade.ended',
  'limit.waited',
  'limit.rebuilt',
  'upstream.frozen',
] as const satisfies EventName[]

/** Events of one attempt; more are dropped, so that a loop that logs cannot fill the main thread's memory. */
const eventsMax = 10_000

const plain = new Set(['string', 'number', 'boolean', 'undefined'])

type Event = Extract<FromThread, { kind: 'event' }>

/** Those that somebody listens to on the main thread. */
export const listening = (): EventName[] => relayed.filter((event) => heard(event))

/** In the thread: sends these events on; answers the function that ends it. */
export function relay(events: readonly EventName[], send: (message: Event) => void): () => void {
  let left = eventsMax
  const undo = events.map((event) =>
    on(event, (payload) => {
      if (left-- > 0) sendCopy(send, { kind: 'event', event, ...parts(payload) })
    }),
  )
  return () => undo.forEach((end) => end())
}

/**
 * In the thread, for as long as it lives: a stray error while no job runs there, left behind by one that has ended. `isBusy` says whether
 * the job's own relay tells it.
 */
export function relayStrays(isBusy: () => boolean, send: (message: Event) => void): void {
  on('worker.stray', (payload) => {
    if (!isBusy()) sendCopy(send, { kind: 'event', event: 'worker.stray', ...parts(payload) })
  })
}

/** On the main thread: tells whoever listens. */
export function tellRelayed({ event, payload, error }: Event): void {
  emit(event, () => ({ ...payload, ...(error && { error: revive(error) }) }) as unknown as Events[typeof event])
}

function parts(event: Events[EventName]): Pick<Event, 'payload' | 'error'> {
  const { error, ...payload } = event as unknown as Record<string, unknown>
  return error === undefined ? { payload } : { payload, error: carry(error) }
}

/** Fields of a log line may be anything; what cannot be copied is shown. */
function sendCopy(send: (message: Event) => void, message: Event): void {
  try {
    send(message)
  } catch {
    const shown = Object.entries(message.payload).map(([key, value]) => {
      if (key === 'fields') return [key, { fields: inspect(value) }]
      return [key, plain.has(typeof value) ? value : inspect(value)]
    })
    send({ ...message, payload: Object.fromEntries(shown) as Record<string, unknown> })
  }
}
