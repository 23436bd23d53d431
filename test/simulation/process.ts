import type { Env, Timer } from '../../src/base/env.ts'
import type { Clock, SimEvent } from './clock.ts'
import type { Random } from './random.ts'

/** When the world begins, for wall clocks. */
export const epochMs = 1_800_000_000_000

/** How wrong the clocks of a process are. */
export interface ClockError {
  offsetMs: number
  driftPpm: number
}

/**
 * One simulated process: an `Env` with clocks of its own, that can be killed (what it waited for never comes), paused like
 * SIGSTOP (everything waits until it is resumed), and whose loop takes a little time for what it does.
 */
export class SimProcess {
  readonly name: string
  readonly env: Env
  state: 'alive' | 'paused' | 'dead' = 'alive'
  /** What came while it was paused. */
  deferred: SimEvent[] = []
  /** How long it has stood still in all. */
  pausedMs = 0
  /** Timers that its core has set and neither cleared nor seen fire. */
  timers = 0
  readonly #clock: Clock
  readonly #random: Random
  readonly #rate: number
  #offsetMs: number
  #ids = 0
  #pausedAtMs = 0

  constructor(name: string, clock: Clock, random: Random, { offsetMs, driftPpm }: ClockError) {
    this.name = name
    this.#clock = clock
    this.#random = random
    this.#offsetMs = offsetMs
    this.#rate = 1 + driftPpm / 1e6
    this.env = this.#makeEnv()
  }

  /** The wall clock is set; timers and the monotonic clock do not notice. */
  jump(byMs: number): void {
    this.#offsetMs += byMs
  }

  kill(): void {
    this.state = 'dead'
    this.deferred = []
  }

  pause(): void {
    if (this.state !== 'alive') return
    this.state = 'paused'
    this.#pausedAtMs = this.#clock.nowMs
  }

  resume(): void {
    if (this.state !== 'paused') return
    this.state = 'alive'
    this.pausedMs += this.#clock.nowMs - this.#pausedAtMs
    for (const event of this.deferred.splice(0)) this.#clock.again(event)
  }

  /** Run something in this process, `delayMs` of true time from now. */
  later(delayMs: number, label: string, run: () => void): SimEvent {
    return this.#clock.schedule(delayMs, label, run, this)
  }

  /** What a handler waits for: not one of the core's timers. Never, when the process dies before. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, 'handler', resolve))
  }

  #makeEnv(): Env {
    const clock = this.#clock
    return {
      nowMs: () => Math.floor(epochMs + this.#offsetMs + clock.nowMs * this.#rate),
      monoMs: () => 1_000 + clock.nowMs * this.#rate,
      setTimer: (run, delayMs) => this.#setTimer(run, delayMs),
      clearTimer: (timer) => this.#clearTimer(timer),
      immediate: (run) => void clock.schedule(this.#random.between(0.005, 0.2), 'immediate', run, this),
      afterReactions: (run) => {
        // The same turn of its loop: nothing comes between, but a little time has passed.
        clock.schedule(0, 'afterReactions', () => ((clock.nowMs += this.#random.between(0.05, 0.6)), run()), this, -1)
      },
      random: this.#random.fraction,
      id: () => this.#random.id(++this.#ids),
    }
  }

  #setTimer(run: () => void, delayMs: number): Timer {
    // As in Node: up to a millisecond early, a little late, and 0 is 1.
    const ms = Math.max(1, delayMs) / this.#rate + this.#random.between(-0.9, 1)
    this.timers++
    const fire = () => {
      this.timers--
      event.cancelled = true
      run()
    }
    const event = this.#clock.schedule(ms, 'timer', fire, this)
    return { timer: event }
  }

  #clearTimer(timer: Timer | undefined): void {
    const event = timer?.timer as SimEvent | undefined
    if (event === undefined || event.cancelled) return
    event.cancelled = true
    this.timers--
  }
}
