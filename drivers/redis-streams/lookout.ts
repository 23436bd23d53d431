import { type Env, sleep } from '../../src/base/env.ts'
import type { Connection } from '../redis-common/connection.ts'
import { isReply } from '../redis-common/errors.ts'
import { isBefore } from './entry-ids.ts'

/** Streams, and of each the newest entry that is known: what comes behind it is news. */
export type Places = ReadonlyMap<string, string>

export interface LookoutOptions {
  env: Env
  connection: Connection
  /** A stream of our own, read with the others: an entry there ends a read whose places are out of date. */
  bell: string
  ring(): Promise<void>
  waitMs: number
}

interface Watcher {
  places: Places
  wake(): void
}

/** A server that refuses the read (it loads its data, or a key is somebody's) is asked once in so long. */
const refusedPauseMs = 500

/**
 * One blocking `XREAD` for all who wait in this process, on a connection of its own. It takes nothing: it only says that there is
 * something, and whoever waited asks. So a reply that is cut off, or that nobody waits for any more, loses nothing.
 */
export class Lookout {
  readonly #options: LookoutOptions
  readonly #watchers = new Set<Watcher>()
  readonly #closing = new AbortController()
  /** What the read that is under way looks at. */
  #reading: Places | undefined
  #bellAt = '0-0'
  #listening = false

  constructor(options: LookoutOptions) {
    this.#options = options
  }

  watch(places: Places, wake: () => void): () => void {
    const watcher: Watcher = {
      places,
      wake: () => {
        if (this.#watchers.delete(watcher)) wake()
      },
    }
    this.#watchers.add(watcher)
    if (!this.#listening) void this.#listen()
    else if (this.#reading !== undefined && !covers(this.#reading, places)) {
      this.#reading = undefined
      // Lost, it is as if the read had ended at its own time; what is wrong with the server, everybody's next call will say.
      this.#options.ring().catch(() => {})
    }
    return () => this.#watchers.delete(watcher)
  }

  close(): void {
    this.#closing.abort()
    this.#options.connection.close()
    this.#wakeAll()
  }

  /** Never rejects: a connection that broke is made anew, with pauses of its own, for as long as somebody waits. */
  async #listen(): Promise<void> {
    const { env, connection, waitMs } = this.#options
    this.#listening = true
    let lost = false
    while (this.#watchers.size > 0 && !this.#closing.signal.aborted) {
      try {
        await connection.ready()
        // What the broken read would have told has to be asked for.
        if (lost) this.#wakeAll()
        lost = false
        const places = this.#places()
        const names = [...places.keys(), this.#options.bell]
        const ids = [...places.values(), this.#bellAt]
        this.#reading = places
        this.#wake(await connection.send('XREAD', ['COUNT', 1, 'BLOCK', waitMs, 'STREAMS', ...names, ...ids]))
        // Who was woken asks at once, and mostly waits again: then the next read looks at that too.
        await new Promise<void>((resolve) => env.afterReactions(resolve))
      } catch (error) {
        lost = true
        if (isReply(error)) {
          this.#wakeAll()
          await sleep(env, refusedPauseMs, this.#closing.signal)
        }
      } finally {
        this.#reading = undefined
      }
    }
    this.#listening = false
  }

  /** Of streams at which several wait, the oldest that is known. */
  #places(): Places {
    const places = new Map<string, string>()
    for (const watcher of this.#watchers) {
      for (const [name, id] of watcher.places) {
        const known = places.get(name)
        if (known === undefined || isBefore(id, known)) places.set(name, id)
      }
    }
    return places
  }

  #wake(answer: unknown): void {
    if (!Array.isArray(answer)) return
    const news = new Map<string, string>()
    for (const [name, entries] of answer as [string, [string, unknown][]][]) news.set(name, entries[0]![0])
    const rang = news.get(this.#options.bell)
    if (rang !== undefined) this.#bellAt = rang
    for (const watcher of [...this.#watchers]) {
      if ([...watcher.places.keys()].some((name) => news.has(name))) watcher.wake()
    }
  }

  #wakeAll(): void {
    for (const watcher of [...this.#watchers]) watcher.wake()
  }
}

/** Whether a read of `wide` hears what `places` wants to hear. */
function covers(wide: Places, places: Places): boolean {
  for (const [name, id] of places) {
    const from = wide.get(name)
    if (from === undefined || isBefore(id, from)) return false
  }
  return true
}
