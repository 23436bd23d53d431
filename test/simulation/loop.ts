import type { Clock } from './clock.ts'
import type { SimProcess } from './process.ts'
import type { Random } from './random.ts'
import type { Run } from './runs.ts'

const beatMs = 100
/** Until the timer that shows that the loop turns again: whatever comes before it still belongs to the same silence. */
const lagMsMax = 2
/** A whole process that stood still for this long is noticed by its guardian. */
const noticedMs = 1_000

/** Somebody who does not give the event loop back. */
export interface Keeping {
  /** Whose handler; the host's own code, or nobody's, without one. */
  run: Run | undefined
  /** Infinity: never. */
  ms: number
  /** In native code, which answers no question. */
  native: boolean
}

/** The event loop of one worker: who keeps it, and when it was last seen to turn. Times are the world's. */
export class Loop {
  /** Of everything in the process that the loop cannot hold up. */
  readonly thread: SimProcess
  kept: Keeping | undefined
  /** Everybody who has kept it since it was last seen to turn. */
  suspects: Keeping[] = []
  /** Everybody who ever has. */
  readonly history: Keeping[] = []
  readonly #process: SimProcess
  readonly #clock: Clock
  readonly #random: Random
  #beatAtMs = 0
  #lagMs = 0

  constructor(process: SimProcess, clock: Clock, random: Random) {
    this.#process = process
    this.#clock = clock
    this.#random = random
    this.thread = process.thread(`${process.name}'s guardian`, random)
  }

  /** Resolves when the loop is given back, by this one and by whoever has it now. */
  async keep(keeping: Keeping): Promise<void> {
    // Two that begin in one turn: the second has the loop when the first gives it back.
    while (this.kept !== undefined) await this.#turned()
    this.#look()
    this.kept = keeping
    this.suspects.push(keeping)
    this.history.push(keeping)
    this.#process.stall()
    if (keeping.ms < Infinity) this.thread.later(keeping.ms, 'the loop is given back', () => this.#giveBack())
    await this.#turned()
  }

  /** When it last showed that it turns: on the beat, while nobody keeps it. */
  get beatAtMs(): number {
    this.#look()
    return this.#beatAtMs
  }

  /** For how long a guardian has heard nothing of it: what passed while the whole process stood still does not count. */
  get silentMs(): number {
    const { resumedAtMs, stoppedForMs } = this.#process
    return this.#clock.nowMs - Math.max(this.beatAtMs, stoppedForMs >= noticedMs ? resumedAtMs : 0)
  }

  /** The same, and no guardian could have heard less. */
  get surelySilentMs(): number {
    return this.#clock.nowMs - Math.max(this.beatAtMs, this.#process.resumedAtMs)
  }

  #turned(): Promise<void> {
    return new Promise((resolve) => this.#process.later(0, 'the loop turns', resolve))
  }

  #giveBack(): void {
    this.kept = undefined
    this.#lagMs = this.#random.chance(0.5) ? 0 : this.#random.between(0, lagMsMax)
    this.#process.turn()
  }

  #look(): void {
    const { state, changedAtMs } = this.#process
    const { nowMs } = this.#clock
    const turnsFromMs = changedAtMs + this.#lagMs
    if (state !== 'alive' || nowMs < turnsFromMs) return
    this.#beatAtMs = Math.max(turnsFromMs, Math.floor(nowMs / beatMs) * beatMs)
    this.suspects = []
  }
}
