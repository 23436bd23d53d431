import type { Call } from '../contract/driver.ts'
import { type FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import { answered } from './answered.ts'
import { emit } from './emit.ts'
import { type Env, sleep } from './env.ts'

interface Lane {
  number: number
  seq: number
}

export interface CallOptions {
  /** For events and messages: `enqueue`, `settle`. */
  verb: string
  /** One try is given this long before it is repeated. */
  timeoutMs: number
  /** Until when it is worth repeating, on the monotonic clock. */
  untilMonoMs: number
}

const pauseMsMin = 20
const pauseMsMax = 1_000

/**
 * The call ids of one session. A call takes a free lane, and a failed or silent call is repeated under the same id until
 * it is answered or no longer worth it: a reply that was cut off never makes anything happen twice.
 */
export class Lanes {
  readonly #env: Env
  readonly #free: Lane[]
  readonly #waiting: ((lane: Lane) => void)[] = []
  readonly #end = new AbortController()

  constructor(env: Env, lanesMax: number) {
    this.#env = env
    this.#free = Array.from({ length: lanesMax }, (_, number) => ({ number, seq: 0 }))
  }

  async call<A>(options: CallOptions, run: (call: Call) => Promise<A>): Promise<A> {
    const lane = this.#free.shift() ?? (await new Promise<Lane>((resolve) => this.#waiting.push(resolve)))
    try {
      const call = { lane: lane.number, seq: ++lane.seq }
      return await this.#repeat(options, call, run)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(lane)
      else next(lane)
    }
  }

  /** The session is over: nothing is repeated any more, and nobody waits for what was asked. */
  end(reason: FiberWorkError): void {
    this.#end.abort(reason)
  }

  async #repeat<A>(options: CallOptions, call: Call, run: (call: Call) => Promise<A>): Promise<A> {
    const startedMonoMs = this.#env.monoMs()
    const { signal } = this.#end
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted()
      try {
        const answer = await answered(this.#env, { ...options, signal }, run(call))
        if (tries > 1) {
          emit('store.recovered', () => ({ verb: options.verb, tries, afterMs: this.#env.monoMs() - startedMonoMs }))
        }
        return answer
      } catch (error) {
        const pauseMs = Math.min(pauseMsMax, pauseMsMin * 2 ** (tries - 1)) * (0.5 + this.#env.random() / 2)
        const givenUp = signal.aborted || !worthRepeating(error) || this.#env.monoMs() + pauseMs >= options.untilMonoMs
        emit('store.failed', () => ({ verb: options.verb, error, tries, givenUp }))
        if (givenUp) throw error
        await sleep(this.#env, pauseMs, signal)
      }
    }
  }
}

/** A session that was taken back stays so: its job may succeed again, the call does not. */
function worthRepeating(error: unknown): boolean {
  return isFiberWorkError(error) && error.retryable && error.code !== 'FW_LEASE_REVOKED'
}
