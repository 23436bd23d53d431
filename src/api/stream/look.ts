import type { Env, Timer } from '../../base/env.ts'
import type { StreamEvent } from '../../contract/fleet.ts'

export interface LookParts {
  env: Env
  everyMs: number
  look: () => Promise<StreamEvent[]>
  tell: (events: StreamEvent[]) => void
}

/** Something that is looked at again and again while somebody wants to know. */
export class Look {
  readonly #parts: LookParts
  #wanted = false
  #looking = false
  #timer: Timer | undefined
  #seen: StreamEvent[] = []

  constructor(parts: LookParts) {
    this.#parts = parts
  }

  /** What the last look has shown; nothing when it was for nobody who is there now. */
  get seen(): readonly StreamEvent[] {
    return this.#seen
  }

  want(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    if (wanted) return void this.#look()
    this.#parts.env.clearTimer(this.#timer)
    this.#seen = []
  }

  async #look(): Promise<void> {
    // One that was begun for somebody who has left goes on for whoever came then.
    if (this.#looking) return
    const { env, everyMs, look, tell } = this.#parts
    const beganMonoMs = env.monoMs()
    this.#looking = true
    const events = await look().catch(() => undefined)
    this.#looking = false
    if (!this.#wanted) return
    if (events !== undefined) tell((this.#seen = events))
    const leftMs = Math.max(0, everyMs - (env.monoMs() - beganMonoMs))
    this.#timer = env.setTimer(() => void this.#look(), leftMs, 'idle')
  }
}
