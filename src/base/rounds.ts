import { type Env, sleep, within } from './env.ts'

export interface RoundsOptions {
  env: Env
  /** From the end of a round to the next, give or take a quarter: no two processes keep step. */
  everyMs: number
  /** What a round does; it must end soon when the signal aborts. */
  round: (signal: AbortSignal) => Promise<void>
  /** A round failed; the next one comes later and later, up to eight times `everyMs`. */
  failed: (error: unknown, tries: number) => void
  /** A round succeeded after `tries` that had not. */
  recovered?: (tries: number, afterMs: number) => void
}

const slowest = 8
const endMsMax = 3_000

/** Does something now and then, in the background of a process that it does not keep alive. */
export class Rounds {
  readonly #options: RoundsOptions
  readonly #end = new AbortController()
  #loop: Promise<void> | undefined

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** Ends the round that is under way, and waits for its end, but not for a store that does not answer. */
  async stop(): Promise<void> {
    this.#end.abort()
    if (this.#loop !== undefined) await within(this.#options.env, endMsMax, this.#loop)
  }

  async #run(): Promise<void> {
    const { env, everyMs } = this.#options
    const { signal } = this.#end
    const trouble = { tries: 0, sinceMonoMs: 0 }
    for (;;) {
      const delayMs = everyMs * Math.min(slowest, 2 ** Math.max(0, trouble.tries - 1))
      await sleep(env, delayMs * (0.75 + env.random() / 2), signal, 'idle')
      if (signal.aborted) return
      await this.#once(signal, trouble)
    }
  }

  async #once(signal: AbortSignal, trouble: { tries: number; sinceMonoMs: number }): Promise<void> {
    const { env, round, failed, recovered } = this.#options
    try {
      await round(signal)
      if (trouble.tries > 0) recovered?.(trouble.tries, env.monoMs() - trouble.sinceMonoMs)
      trouble.tries = 0
    } catch (error) {
      if (signal.aborted) return
      if (trouble.tries++ === 0) trouble.sinceMonoMs = env.monoMs()
      failed(error, trouble.tries)
    }
  }
}
