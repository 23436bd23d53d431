import { emit } from '../base/emit.ts'
import type { Env, Timer } from '../base/env.ts'
import type { LoadProbe } from './options.ts'

export type Cut = 'loop' | 'memory'

/** How often the load of the process is looked at. */
export const lookEveryMs = 100
/** Above the first a cut begins, below the second it ends: a value between them changes nothing. */
const loopDelayMs = { high: 250, low: 100 }
const memoryUsed = { high: 0.85, low: 0.8 }

/**
 * Never start more than the process can carry: while the event loop is late or memory is short, no job is taken on top of
 * those that run (and at least a hundredth of the concurrency always may, so that a process that is merely big still works).
 */
export class Governor {
  readonly #env: Env
  readonly #probe: LoadProbe
  readonly #session: () => string
  readonly #onChange: () => void
  #cut: Cut | undefined
  #timer: Timer | undefined

  constructor(env: Env, probe: LoadProbe, session: () => string, onChange: () => void) {
    this.#env = env
    this.#probe = probe
    this.#session = session
    this.#onChange = onChange
  }

  get cut(): Cut | undefined {
    return this.#cut
  }

  /** How many may be in flight now. */
  allowed(concurrency: number, inFlight: number): number {
    if (this.#cut === undefined) return concurrency
    return Math.min(concurrency, Math.max(inFlight, Math.ceil(concurrency / 100)))
  }

  start(): void {
    this.#timer = this.#env.setTimer(
      () => {
        this.#look()
        this.start()
      },
      lookEveryMs,
      'idle',
    )
  }

  end(): void {
    this.#env.clearTimer(this.#timer)
  }

  #look(): void {
    const delay = this.#probe.loopDelayMs()
    const memory = this.#probe.memoryUsed()
    const before = this.#cut
    if (memory > memoryUsed.high || (before === 'memory' && memory > memoryUsed.low)) this.#cut = 'memory'
    else if (delay > loopDelayMs.high || (before === 'loop' && delay > loopDelayMs.low)) this.#cut = 'loop'
    else this.#cut = undefined
    if (this.#cut === before) return
    emit('worker.cut', () => ({ worker: this.#session(), by: this.#cut }))
    this.#onChange()
  }
}
