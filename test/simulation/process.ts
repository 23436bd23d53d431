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

/** Why a process does nothing: it is stopped as a whole (SIGSTOP), or its event loop is kept by somebody. */
type Still = 'stopped' | 'stalled'

/**
 * One simulated process: an `Env` with clocks of its own, that can be killed (what it waited for never comes), paused like
 * SIGSTOP (everything waits until it is resumed), and whose loop takes a little time for what it does, or stalls (its loop
 * waits, its threads go on).
 */
export class SimProcess {
  readonly name: string
  readonly env: Env
  /** What came while it stood still. */
  deferred: SimEvent[] = []
  /** How long it has stood still in all. */
  stillMs = 0
  /** Since when its loop turns, or does not. */
  changedAtMs = 0
  /** When it was last resumed as a whole, and how long it had been stopped. */
  resumedAtMs = 0
  stoppedForMs = 0
  /** Timers that its core has set and neither cleared nor seen fire. */
  timers = 0
  readonly #clock: Clock
  readonly #random: Random
  readonly #error: ClockError
  readonly #rate: number
  readonly #still = new Set<Still>()
  readonly #threads: SimProcess[] = []
  #dead = false
  #stoppedAtMs = 0
  #offsetMs: number
  #ids = 0

  constructor(name: string, clock: Clock, random: Random, error: ClockError) {
    this.name = name
    this.#clock = clock
    this.#random = random
    this.#error = error
    this.#offsetMs = error.offsetMs
    this.#rate = 1 + error.driftPpm / 1e6
    this.env = this.#makeEnv()
  }

  get state(): 'alive' | 'stopped' | 'stalled' | 'dead' {
    if (this.#dead) return 'dead'
    if (this.#still.has('stopped')) return 'stopped'
    return this.#still.has('stalled') ? 'stalled' : 'alive'
  }

  /** A thread of it: stopped, resumed and killed together with it, and on its own while the loop stalls. */
  thread(name: string, random: Random): SimProcess {
    const thread = new SimProcess(name, this.#clock, random, this.#error)
    this.#threads.push(thread)
    return thread
  }

  /** The wall clock is set; timers and the monotonic clock do not notice. */
  jump(byMs: number): void {
    this.#offsetMs += byMs
  }

  kill(): void {
    this.#dead = true
    this.deferred = []
    for (const thread of this.#threads) thread.kill()
  }

  /** SIGSTOP. */
  pause(): void {
    if (this.state !== 'stopped') this.#stoppedAtMs = this.#clock.nowMs
    this.#stand('stopped')
    for (const thread of this.#threads) thread.pause()
  }

  /** SIGCONT. */
  resume(): void {
    if (this.state === 'stopped') {
      this.resumedAtMs = this.#clock.nowMs
      this.stoppedForMs = this.#clock.nowMs - this.#stoppedAtMs
    }
    this.#goOn('stopped')
    for (const thread of this.#threads) thread.resume()
  }

  /** Somebody keeps the loop. */
  stall(): void {
    this.#stand('stalled')
  }

  /** The loop is given back. */
  turn(): void {
    this.#goOn('stalled')
  }

  #stand(why: Still): void {
    if (this.#still.size === 0) this.changedAtMs = this.#clock.nowMs
    this.#still.add(why)
  }

  #goOn(why: Still): void {
    if (this.#dead || !this.#still.delete(why) || this.#still.size > 0) return
    this.stillMs += this.#clock.nowMs - this.changedAtMs
    this.changedAtMs = this.#clock.nowMs
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
