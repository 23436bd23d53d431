import type { Env, Timer } from '../base/env.ts'
import { outside } from '../sandbox/storage.ts'
import type { MadeHook } from './hook.ts'

type Hook = Pick<MadeHook, 'calls' | 'on' | 'enable' | 'disable'>

/** How often a window may open, and how long it stays open at most. */
const everyMs = 1_000
const openMsMax = 200

/** What a job may cost on average, microseconds: half of what is promised, for what is not counted here. */
const jobUs = 0.5
/** Where jobs are so few that they earn no window, this much a second is spent all the same. */
const secondUs = 50
/** A window is opened for this much at least, and for that much at most. */
const windowUsMin = 50
const windowUsMax = 20_000

/** What a call of the hook costs, and what it costs to follow a thing to its end (mostly its stack): measured on Node 24, rounded up. */
const callUs = 0.3
const thingUs = 15

/**
 * Short stretches in which the hook is on. Each job earns a little for them, each call of the hook spends it, and a stretch ends when
 * nothing is left: the busier jobs are, the shorter the windows, and the cost of a job stays the same.
 */
export class SamplingWindows {
  readonly #env: Env
  readonly #hook: Hook
  #timer: Timer | undefined
  #jobs = 0
  #calls = 0
  #followed = 0
  #savedUs = windowUsMin

  constructor(env: Env, hook: Hook) {
    this.#env = env
    this.#hook = hook
  }

  start(): void {
    this.#open()
  }

  end(): void {
    this.#close()
    this.#env.clearTimer(this.#timer)
    this.#timer = undefined
  }

  entered(): void {
    this.#jobs++
  }

  /** Something is followed. It is paid at once, so that a job that makes thousands of things ends the window. */
  followed(): void {
    this.#followed++
    if (this.#hook.on && this.#savedUs < this.#spentUs) this.#close()
  }

  get #spentUs(): number {
    return (this.#hook.calls - this.#calls) * callUs + this.#followed * thingUs
  }

  #open(): void {
    const earnedUs = Math.max(this.#jobs * jobUs, secondUs)
    this.#jobs = 0
    this.#savedUs = Math.min(windowUsMax, this.#savedUs + earnedUs)
    if (this.#savedUs >= windowUsMin) {
      this.#hook.enable()
      this.#later(openMsMax, () => {
        this.#close()
        this.#later(everyMs - openMsMax, () => this.#open())
      })
    } else this.#later(everyMs, () => this.#open())
  }

  #close(): void {
    this.#hook.disable()
    this.#savedUs -= this.#spentUs
    this.#calls = this.#hook.calls
    this.#followed = 0
  }

  /** A timer that belongs to no job. */
  #later(ms: number, run: () => void): void {
    this.#timer = outside(() => this.#env.setTimer(run, ms, 'idle'))
  }
}
