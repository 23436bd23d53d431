import type { Env, Timer } from '../base/env.ts'
import { timerMsMax } from '../base/env.ts'
import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { Gatekeeper, type GateSettings } from './bottlenecks.ts'
import { type Gate, SlotGate, TokenGate } from './gates.ts'
import type { Patience } from './line.ts'
import { fillMs, type RateLimitOptions, stepsOf } from './options.ts'
import type { Redis } from './redis.ts'

/** A limit that nobody has used for so long gives its timers and connections back; Redis remembers it longer. */
const idleMs = 30_000
const callMsMaxDefault = 300_000

/** One declared limit: its gates, one behind the other. Slots come first, so that no token is taken by a call that then cannot start. */
export class Limit {
  readonly name: string
  readonly options: RateLimitOptions
  readonly #env: Env
  readonly #gates: Gate[]
  readonly #idleMs: number
  #inside = 0
  #usedMonoMs = 0
  #idle: Timer | undefined

  constructor(env: Env, name: string, options: RateLimitOptions, redis: Redis | undefined) {
    this.#env = env
    this.name = name
    this.options = options
    const steps = stepsOf(options)
    const { concurrencyMax, callMsMax = callMsMaxDefault } = options
    // In this process alone the bucket is gone with the limiter: no sooner than it would be full anyway.
    this.#idleMs = Math.max(idleMs, ...(redis === undefined ? steps.map(fillMs) : []))
    const keeper = (gate: string, settings: GateSettings, keepMs: number) =>
      new Gatekeeper(
        { id: `${redis?.keyPrefix ?? ''}{fw-limit:${name}}:${gate}`, settings, keepMs: keepMs * 2 + 300_000, redis },
        (error) => emit('limit.rebuilt', () => ({ limit: name, error })),
      )
    this.#gates = steps.map((step, i) => {
      const { amount, everyMs, most } = step
      const settings = { reservoir: most, reservoirIncreaseAmount: amount, reservoirIncreaseInterval: everyMs }
      return new TokenGate(
        env,
        keeper(`rate-${i}`, { ...settings, reservoirIncreaseMaximum: most }, fillMs(step)),
        step,
      )
    })
    if (concurrencyMax !== undefined) {
      const slots = keeper('slots', { maxConcurrent: concurrencyMax }, callMsMax)
      this.#gates.unshift(new SlotGate(env, slots, concurrencyMax, redis === undefined ? undefined : callMsMax))
    }
  }

  /** Nobody is in it or waits. */
  get isIdle(): boolean {
    return this.#inside === 0 && this.#idle === undefined
  }

  /**
   * Wait for a turn, as long as patience lasts; answers how to say that the call has ended. Call it outside of any job.
   * Throws why the patience was lost, `FW_LIMIT_TIMEOUT`, and what Redis says.
   */
  async enter(patience: Patience): Promise<() => void> {
    this.#inside++
    const through: Gate[] = []
    const { waitMsMax = timerMsMax } = this.options
    // It also keeps the process alive for as long as somebody waits.
    const deadline = this.#env.setTimer(() => patience.lose(this.#timedOut()), waitMsMax)
    try {
      for (const gate of this.#gates) {
        await gate.enter(patience)
        through.push(gate)
        if (patience.lost !== undefined) throw patience.lost.error
      }
    } catch (error) {
      this.#leave(through, false)
      throw error
    } finally {
      this.#env.clearTimer(deadline)
      patience.onLost = undefined
    }
    let left = false
    return () => {
      if (!left) this.#leave(through, true)
      left = true
    }
  }

  /** Give back timers and connections. Idempotent; it can be used again. */
  async close(): Promise<void> {
    this.#env.clearTimer(this.#idle)
    this.#idle = undefined
    await Promise.all(this.#gates.map((gate) => gate.close()))
  }

  /** Called when it has been idle for long enough. */
  onIdle: () => void = () => {}

  #leave(through: Gate[], begun: boolean): void {
    for (const gate of through) gate.leave(begun)
    this.#inside--
    this.#usedMonoMs = this.#env.monoMs()
    if (this.#inside === 0) this.#idle ??= this.#env.setTimer(() => this.#look(), this.#idleMs, 'idle')
  }

  #look(): void {
    this.#idle = undefined
    if (this.#inside > 0) return
    const restMs = this.#idleMs - (this.#env.monoMs() - this.#usedMonoMs)
    if (restMs > 0) this.#idle = this.#env.setTimer(() => this.#look(), restMs, 'idle')
    else void this.close().then(() => this.onIdle())
  }

  #timedOut(): FiberWorkError {
    return new FiberWorkError(
      'FW_LIMIT_TIMEOUT',
      `No turn at the limit "${this.name}" within ${this.options.waitMsMax} ms (\`waitMsMax\`).`,
    )
  }
}
