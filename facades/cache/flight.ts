import type { FacadeCall } from '../../src/sandbox/call.ts'
import type { Entry } from './entry.ts'

export type Landing =
  | { kind: 'made'; entry: Entry }
  | { kind: 'failed'; error: unknown }
  /** Whoever made it was told to stop: that is nobody else's reason. */
  | { kind: 'abandoned' }

/** A value that is being made: by one job, for all that want it. */
export class Flight {
  readonly landed: Promise<Landing>
  /** What is made is out of date already: for those who wait, but not to be kept. */
  void = false
  /** It is in Redis, and its lock is gone. */
  kept = false
  #land!: (landing: Landing) => void
  #over = false

  /** `call`: of the job that makes it, if one does. */
  constructor(call: FacadeCall | undefined) {
    this.landed = new Promise((resolve) => (this.#land = resolve))
    if (call !== undefined) call.onStop = () => this.land({ kind: 'abandoned' })
  }

  /** Nobody waits for it any more. */
  get over(): boolean {
    return this.#over
  }

  /** The first landing counts. */
  land(landing: Landing): void {
    this.#over = true
    this.#land(landing)
  }
}
