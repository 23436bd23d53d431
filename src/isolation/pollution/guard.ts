import type { Env } from '../../base/env.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Isolation } from '../../contract/isolation.ts'
import type { Fiber } from '../../sandbox/fiber.ts'
import { share } from '../share.ts'
import { type Look, Patrol, type PatrolUser } from './patrol.ts'
import { Sampler } from './sampler.ts'

let patrol: Patrol | undefined

const join = share<PatrolUser>((users) => {
  patrol = new Patrol(users)
  return () => {
    patrol?.end()
    patrol = undefined
  }
})

/** What fiber-work itself changes in the process while it may be watched: `byUs(() => { globalThis.fetch = … })`. */
export function byUs<R>(change: () => R): R {
  return patrol === undefined ? change() : patrol.byUs(change)
}

/** A job that is watched closely. */
interface Watched {
  /** Which of all entries its was, and whether nobody else was running then. */
  entry: number
  alone: boolean
  /** What it has certainly changed. */
  guilty: string[]
}

/**
 * The pollution guard of one worker, a sentry of its engine. It looks before a job, at its first `await`, and when it has ended: at
 * `strict` and `warn` for every job, at `sample` for some, and for each that was seen to change something.
 */
export class PollutionGuard {
  readonly #level: Exclude<Isolation, 'off'>
  readonly #ownsProcess: boolean
  readonly #sampler: Sampler
  readonly #watched = new WeakMap<Fiber, Watched>()
  /** How many of them have not left. */
  #inFlight = 0
  #patrol: Patrol | undefined
  #leave: (() => void) | undefined

  constructor(level: Exclude<Isolation, 'off'>, { env, ownsProcess }: { env: Env; ownsProcess: boolean }) {
    this.#level = level
    this.#ownsProcess = ownsProcess
    this.#sampler = new Sampler(env)
  }

  start(): void {
    this.#leave = join({
      undoes: this.#level === 'strict',
      ownsProcess: this.#ownsProcess,
      wraps: this.#ownsProcess || this.#level !== 'sample',
    })
    this.#patrol = patrol
    patrol?.usersChanged()
  }

  end(): void {
    this.#leave?.()
    this.#leave = undefined
    patrol?.usersChanged()
  }

  entered(fiber: Fiber): void {
    const on = this.#patrol
    if (on === undefined) return
    const { definitions } = on
    const definition = definitions.of(fiber.loan.job.name)
    if (this.#leave !== undefined && (this.#level !== 'sample' || this.#sampler.isDue(definition.seen))) {
      // Before it counts: whatever is found now, it was not this one.
      this.#look(on, undefined, {})
      this.#inFlight++
      this.#watched.set(fiber, { entry: definitions.entries + 1, alone: definitions.running === 0, guilty: [] })
    }
    definitions.entered(definition, fiber)
  }

  paused(fiber: Fiber): void {
    const on = this.#patrol
    const watched = this.#inFlight === 0 ? undefined : this.#watched.get(fiber)
    if (on === undefined || watched === undefined) return
    // Alone it may have the process as it wants it, until it ends; but not what we stand on ourselves.
    const groundOnly = this.#level === 'strict' && watched.alone
    // First the look, then whatever may stand on what it mends.
    const found = this.#look(on, fiber, { certain: true, groundOnly })
    watched.guilty.push(...found)
  }

  left(fiber: Fiber): FiberWorkError | undefined {
    const on = this.#patrol
    if (on === undefined) return undefined
    const watched = this.#inFlight === 0 ? undefined : this.#watched.get(fiber)
    if (watched !== undefined) this.#inFlight--
    const touched = on.sawTouching(fiber)
    if (this.#leave !== undefined && (watched !== undefined || touched)) {
      const certain = this.#level === 'strict' && watched?.alone === true && on.definitions.entries === watched.entry
      const found = this.#look(on, fiber, { certain, leaving: true })
      watched?.guilty.push(...found)
    }
    on.definitions.left(fiber)
    return this.#level === 'strict' && watched !== undefined && watched.guilty.length > 0
      ? polluted(watched.guilty)
      : undefined
  }

  /** Between two jobs nothing may go wrong, whatever has become of the ground that we stand on. */
  #look(on: Patrol, fiber: Fiber | undefined, how: Look): string[] {
    try {
      return this.#sampler.timed(() => on.look(fiber, how))
    } catch {
      return []
    }
  }
}

function polluted(changes: string[]): FiberWorkError {
  const shown = changes.slice(0, 5).join('; ')
  const more = changes.length > 5 ? `; and ${changes.length - 5} more` : ''
  return new FiberWorkError('FW_JOB_POLLUTED', `The job changed what all jobs share: ${shown}${more}.`)
}
