import type { Env, Timer } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { StreamEvent } from '../../contract/fleet.ts'
import { type Caller, mayUse } from '../auth/caller.ts'
import type { EventFilter } from '../schemas/event.ts'

/** How often the queues are looked at while anybody watches. */
const depthMs = 2_000

export interface HubParts {
  env: Env
  /** Hear what the worker processes tell; answers the end of it. */
  watch: (listener: (events: StreamEvent[]) => void) => () => void
  depths: () => Promise<QueueDepth[]>
}

interface Watcher {
  /** Watchers who hear the same share one text. */
  key: string
  hears: (event: StreamEvent) => boolean
  send: (text: string) => void
}

/**
 * Gives what happens to everybody who watches. It listens to the workers and looks at the queues only while there is somebody, and makes the
 * text of a batch once for all who hear the same, so that a hundred watchers cost little more than one.
 */
export class EventHub {
  readonly #parts: HubParts
  readonly #watchers = new Set<Watcher>()
  #unwatch: (() => void) | undefined
  #timer: Timer | undefined
  #number = 0
  /** Whoever comes is told at once how full the queues are. */
  #depths: StreamEvent[] = []

  constructor(parts: HubParts) {
    this.#parts = parts
  }

  get watching(): number {
    return this.#watchers.size
  }

  /** Answers the end of it. */
  add(caller: Caller, filter: EventFilter, send: (text: string) => void): () => void {
    const watcher = { key: JSON.stringify([caller.queues, filter]), hears: hearsOf(caller, filter), send }
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) this.#begin()
    else
      send(
        this.#depths
          .filter(watcher.hears)
          .map((event) => textOf({ event, id: this.#number }))
          .join(''),
      )
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size === 0) this.#end()
    }
  }

  /** Something that happened here. */
  tell(events: StreamEvent[]): void {
    if (events.length === 0 || this.#watchers.size === 0) return
    const numbered = events.map((event) => ({ event, id: ++this.#number }))
    const texts = new Map<string, string>()
    for (const { key, hears, send } of this.#watchers) {
      let text = texts.get(key)
      if (text === undefined) {
        text = numbered
          .filter(({ event }) => hears(event))
          .map(textOf)
          .join('')
        texts.set(key, text)
      }
      if (text !== '') send(text)
    }
  }

  close(): void {
    this.#watchers.clear()
    this.#end()
  }

  #begin(): void {
    this.#unwatch = this.#parts.watch((events) => this.tell(events))
    void this.#look()
  }

  #end(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#parts.env.clearTimer(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    const depths = await this.#parts.depths().catch(() => [])
    const atMs = this.#parts.env.nowMs()
    this.#depths = depths.map((depth) => ({ event: 'queue.depth', atMs, queue: depth.queue, data: { ...depth } }))
    this.tell(this.#depths)
    if (this.#watchers.size > 0) this.#timer = this.#parts.env.setTimer(() => void this.#look(), depthMs, 'idle')
  }
}

function textOf({ event: { event, atMs, ...rest }, id }: { event: StreamEvent; id: number }): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ at: new Date(atMs).toISOString(), ...rest })}\n\n`
}

function hearsOf(caller: Caller, { queue, job, event }: EventFilter): (event: StreamEvent) => boolean {
  return (one) => {
    if (queue !== undefined && one.queue !== queue) return false
    if (job !== undefined && one.job !== job) return false
    if (event !== undefined && !event.some((wanted) => isOf(wanted, one.event))) return false
    // What is about no queue is about the whole store or its workers.
    return caller.queues === undefined || (one.queue !== undefined && mayUse(caller, one.queue))
  }
}

/** `job` means all of `job.started`, `job.ended`, … */
function isOf(wanted: string, event: string): boolean {
  return event === wanted || event.startsWith(`${wanted}.`)
}
