import type { Reloaded } from '../contract/fleet.ts'
import type { Wanted } from './messages.ts'
import type { Place } from './place.ts'

/** One reload. */
export interface Roll {
  /** The workers are new, or will not be. */
  workers: Promise<Reloaded>
  /** And so is the API. */
  all: Promise<Reloaded>
}

export interface RollingPorts {
  say(text: string): void
  workers(): Place[]
  api(): Place | undefined
  /** What the configuration asks for, as the new processes have read it. */
  resize(wanted: Wanted): void
  /** Why nothing may be replaced now. */
  refuses(): string | undefined
}

/**
 * Replaces one process after the other by a new one: new code, new configuration. The first that does not come up ends it, and
 * with it a configuration that is not valid; those that it was to replace go on. The API comes last.
 */
export class Rolling {
  readonly #ports: RollingPorts
  #underWay: Promise<unknown> = Promise.resolve()
  #waiting: Roll | undefined

  constructor(ports: RollingPorts) {
    this.#ports = ports
  }

  /** One at a time. Whoever asks while one is under way is answered by the next one: what has changed meanwhile may not be in this one. */
  reload(): Roll {
    if (this.#waiting !== undefined) return this.#waiting
    const workers = Promise.withResolvers<Reloaded>()
    const all = this.#underWay.then(async () => {
      this.#waiting = undefined
      const reloaded = await this.#roll(workers.resolve)
      workers.resolve(reloaded)
      return reloaded
    })
    this.#underWay = all
    this.#waiting = { workers: workers.promise, all }
    return this.#waiting
  }

  async #roll(workersAreNew: (reloaded: Reloaded) => void): Promise<Reloaded> {
    const { say, workers, api, resize, refuses } = this.#ports
    const places = workers()
    const processes = places.length
    let replaced = 0
    const refuse = (why: string): Reloaded => {
      const done = replaced === 0 ? 'nothing was replaced' : `${replaced} of ${processes} worker processes are new`
      say(`the reload was refused (${done}): ${why}`)
      return { replaced, processes, refused: why }
    }
    const not = refuses()
    if (not !== undefined) return refuse(not)
    say(`reloading: ${processes} worker process${processes === 1 ? '' : 'es'}, one after the other`)
    let wanted: Wanted | undefined
    for (const place of places) {
      const why = await place.replace()
      if (why !== undefined) return refuse(why)
      wanted = place.child?.wanted
      replaced += 1
    }
    const server = api()
    const stopping = refuses()
    if (stopping !== undefined) return refuse(stopping)
    if (wanted !== undefined) resize(wanted)
    workersAreNew({ replaced, processes })
    // One that was not wanted any more is gone, and one that is new is new.
    const why = server === undefined || server !== api() ? undefined : await server.replace()
    if (why !== undefined) return refuse(why)
    say(`reloaded: ${replaced} worker process${replaced === 1 ? ' is' : 'es are'} new`)
    return { replaced, processes }
  }
}
