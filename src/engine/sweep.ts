import { answered } from '../base/answered.ts'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'

const batchMax = 250
/** However long a lease is, what a dead session held comes back within two seconds of its end. */
const everyMsMax = 1_000

/**
 * Takes back what dead sessions held: soon after the start, then about every half lease and at least every second or so, never
 * all workers at once.
 */
export class Sweeper {
  readonly #env: Env
  readonly #driver: Driver
  readonly #everyMs: number
  readonly #session: () => string
  readonly #end = new AbortController()
  #loop: Promise<void> | undefined

  constructor(env: Env, driver: Driver, everyMs: number, session: () => string) {
    this.#env = env
    this.#driver = driver
    this.#everyMs = Math.min(everyMs, everyMsMax)
    this.#session = session
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      try {
        await this.#sweepAll(signal)
      } catch (error) {
        if (signal.aborted) return
        emit('store.failed', () => ({ verb: 'sweep', error, tries: 1, givenUp: false }))
      }
      await sleep(this.#env, this.#everyMs * (0.75 + this.#env.random() / 2), signal, 'idle')
    }
  }

  async #sweepAll(signal: AbortSignal): Promise<void> {
    for (let more = true; more && !signal.aborted;) {
      const call = { verb: 'sweep', timeoutMs: defaults.callTimeoutMs, signal, kind: 'idle' } as const
      const swept = await answered(this.#env, call, this.#driver.sweep(batchMax))
      more = swept.more
      if (swept.taken > 0) emit('worker.swept', () => ({ worker: this.#session(), taken: swept.taken }))
    }
  }
}
