import type { Env } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { EventWish, Fleet, StreamEvent } from '../../contract/fleet.ts'
import { isWished, unionOf } from '../../observe/stream/wish.ts'
import { type Caller, mayUse } from '../auth/caller.ts'
import type { EventFilter } from '../schemas/event.ts'
import { Look } from './look.ts'

/** How often the queues, and the processes, are looked at while anybody watches them. */
const depthMs = 2_000
const snapshotMs = 1_000

const snapshotEvent = 'process.snapshot'

export interface HubParts {
  env: Env
  fleet: Pick<Fleet, 'watch' | 'ask'>
  depths: () => Promise<QueueDepth[]>
}

interface Watcher {
  /** Watchers who hear the same share one text. */
  key: string
  wish: EventWish
  hears: (event: StreamEvent) => boolean
  send: (text: string) => void
}

/**
 * Gives what happens to everybody who watches. It listens to the workers, and looks at queues and processes, only while there is somebody who wants
 * to know, and makes the text of a batch once for all who hear the same, so that a hundred watchers cost little more than one.
 */
export class EventHub {
  readonly #parts: HubParts
  readonly #watchers = new Set<Watcher>()
  readonly #depths: Look
  readonly #snapshots: Look
  #unwatch: (() => void) | undefined
  #watched = ''
  #number = 0

  constructor(parts: HubParts) {
    this.#parts = parts
    const { env } = parts
    const tell = (events: StreamEvent[]) => this.tell(events)
    this.#depths = new Look({ env, everyMs: depthMs, look: () => depthsOf(parts), tell })
    this.#snapshots = new Look({ env, everyMs: snapshotMs, look: () => snapshotsOf(parts), tell })
  }

  get watching(): number {
    return this.#watchers.size
  }

  /** Answers the end of it. */
  add(caller: Caller, filter: EventFilter, send: (text: string) => void): () => void {
    const key = JSON.stringify([caller.queues, filter])
    const watcher: Watcher = { key, wish: filter.event ?? 'all', hears: hearsOf(caller, filter), send }
    this.#watchers.add(watcher)
    // Whoever comes is told at once what was last seen; the first one has it seen.
    const seen = [...this.#depths.seen, ...this.#snapshots.seen].filter(watcher.hears)
    if (seen.length > 0) send(seen.map((event) => textOf({ event, id: this.#number })).join(''))
    this.#adjust()
    return () => {
      if (this.#watchers.delete(watcher)) this.#adjust()
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
    this.#adjust()
  }

  /** What is listened to and looked at follows from who watches. */
  #adjust(): void {
    const wishes = [...this.#watchers].map(({ wish }) => wish)
    this.#depths.want(wishes.some((wish) => isWished('queue.depth', wish)))
    this.#snapshots.want(wishes.some((wish) => wish !== 'all' && isWished(snapshotEvent, wish)))
    const wish = unionOf(wishes)
    const watched = wishes.length === 0 ? '' : JSON.stringify(wish)
    if (watched === this.#watched) return
    this.#watched = watched
    const before = this.#unwatch
    this.#unwatch = wishes.length === 0 ? undefined : this.#parts.fleet.watch((events) => this.tell(events), wish)
    before?.()
  }
}

async function depthsOf({ env, depths }: HubParts): Promise<StreamEvent[]> {
  const all = await depths()
  return all.map((depth) => ({ event: 'queue.depth', atMs: env.nowMs(), queue: depth.queue, data: { ...depth } }))
}

async function snapshotsOf({ env, fleet }: HubParts): Promise<StreamEvent[]> {
  const { answers } = await fleet.ask('snapshot', undefined)
  return answers.map(({ process, pid, answer }) => ({
    event: snapshotEvent,
    atMs: env.nowMs(),
    data: { process, pid, snapshot: answer },
  }))
}

function textOf({ event: { event, atMs, ...rest }, id }: { event: StreamEvent; id: number }): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ at: new Date(atMs).toISOString(), ...rest })}\n\n`
}

function hearsOf(caller: Caller, { queue, job, event }: EventFilter): (event: StreamEvent) => boolean {
  return (one) => {
    if (queue !== undefined && one.queue !== queue) return false
    if (job !== undefined && one.job !== job) return false
    if (!isWished(one.event, event ?? 'all')) return false
    // They are large: only who names them gets them.
    if (one.event === snapshotEvent && event === undefined) return false
    // What is about no queue is about the whole store or its workers.
    return caller.queues === undefined || (one.queue !== undefined && mayUse(caller, one.queue))
  }
}
