import { answered } from '../base/answered.ts'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import { Rounds } from '../base/rounds.ts'
import { officeKey, Term } from '../base/term.ts'
import type { Driver } from '../contract/driver.ts'
import type { Inspector } from '../contract/inspector.ts'
import type { TerminalState } from '../contract/job.ts'
import type { Keep, QueueKeep } from '../contract/verdict.ts'

const everyMs = 60_000
const termMs = 180_000
const chunkMax = 250
/** Between two chunks at least; and twice as long as the last one took: whoever runs jobs there has most of the store's time. */
const pauseMsMin = 20

export type QueueKeeps = Record<string, QueueKeep>

/**
 * Drops settled jobs that are not to be kept, in small chunks with pauses. One process at a store does so for what it is told; where there is
 * no ledger to elect it, all do, and find little to do.
 */
export class Janitor {
  readonly #env: Env
  readonly #driver: Driver
  readonly #keeps: QueueKeeps
  readonly #term: Term | undefined
  readonly #rounds: Rounds

  constructor(env: Env, driver: Driver, keeps: QueueKeeps) {
    this.#env = env
    this.#driver = driver
    this.#keeps = keeps
    const key = officeKey(
      'janitor',
      Object.entries(keeps).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )
    this.#term = driver.ledger && new Term(driver.ledger, { key, holder: env.id(), forMs: termMs })
    this.#rounds = new Rounds({
      env,
      everyMs,
      round: (signal) => this.#round(signal),
      failed: (error, tries) => emit('store.failed', () => ({ verb: 'trim', error, tries, givenUp: false })),
      recovered: (tries, afterMs) => emit('store.recovered', () => ({ verb: 'trim', tries, afterMs })),
    })
  }

  start(): void {
    // A store that cannot look at jobs keeps as it does by itself.
    if (this.#driver.inspector !== undefined) this.#rounds.start()
  }

  async stop(): Promise<void> {
    await this.#rounds.stop()
    await this.#term?.end(this.#env)
  }

  async #round(signal: AbortSignal): Promise<void> {
    const inspector = this.#driver.inspector!
    for (const [queue, keeps] of Object.entries(this.#keeps)) {
      for (const [state, keep] of Object.entries(keeps) as [TerminalState, Keep][]) {
        const removed = await this.#trim(inspector, { queue, state, keep }, signal)
        if (removed === undefined) return
        if (removed > 0) emit('queue.trimmed', () => ({ queue, state, removed }))
      }
    }
  }

  /** Answers how many are gone; undefined when it is not, or no longer, for this process to do. */
  async #trim(
    inspector: Pick<Inspector, 'trim'>,
    { queue, state, keep }: { queue: string; state: TerminalState; keep: Keep },
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { monoMs } = this.#env
    let [removed, heldMonoMs] = [0, -Infinity]
    for (let more = true; more;) {
      if (signal.aborted) return undefined
      if (monoMs() - heldMonoMs > termMs / 3) {
        if (!((await this.#term?.hold()) ?? true)) return undefined
        heldMonoMs = monoMs()
      }
      const beganMonoMs = monoMs()
      const call = { verb: 'trim', timeoutMs: defaults.callTimeoutMs, signal, kind: 'idle' } as const
      const step = await answered(this.#env, call, inspector.trim(queue, [state], keep, chunkMax))
      removed += step.removed
      // A step that removed nothing has come to its end, whatever it says: nobody asks for ever.
      more = step.more && step.removed > 0
      if (more) await sleep(this.#env, Math.max(pauseMsMin, 2 * (monoMs() - beganMonoMs)), signal, 'idle')
    }
    return removed
  }
}
