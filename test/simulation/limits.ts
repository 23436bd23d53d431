import type { Rate } from '../../src/contract/job.ts'
import type { LimitSettings } from '../../src/contract/limits.ts'

/** What binds a queue of this seed. */
export interface QueueLimit {
  queue: LimitSettings
  groups: LimitSettings
}

/** What floats may be off by. */
const slack = 0.01

/** Counts what was taken, independent of the store: caps at every moment, rates by a bucket of its own. */
export class LimitWatch {
  readonly #limits: ReadonlyMap<string, QueueLimit>
  readonly #running = new Map<string, number>()
  readonly #levels = new Map<string, { level: number; atMs: number }>()

  constructor(limits: ReadonlyMap<string, QueueLimit>) {
    this.#limits = limits
  }

  /** Answers what is wrong with taking one more, if anything is. */
  took(queue: string, group: string | undefined, nowMs: number): string | undefined {
    const limit = this.#limits.get(queue)
    const own = `${queue} / ${group ?? '(no group)'}`
    return (
      this.#count(queue, limit?.queue.concurrencyMax) ??
      this.#count(own, limit?.groups.concurrencyMax) ??
      this.#pour(queue, limit?.queue.rates, nowMs) ??
      this.#pour(own, limit?.groups.rates, nowMs)
    )
  }

  left(queue: string, group: string | undefined): void {
    for (const scope of [queue, `${queue} / ${group ?? '(no group)'}`]) {
      this.#running.set(scope, (this.#running.get(scope) ?? 0) - 1)
    }
  }

  #count(scope: string, most = Infinity): string | undefined {
    const running = (this.#running.get(scope) ?? 0) + 1
    this.#running.set(scope, running)
    return running > most ? `${scope}: ${running} on loan, and the cap is ${most}` : undefined
  }

  #pour(scope: string, rates: readonly Rate[] = [], nowMs: number): string | undefined {
    for (const [index, { tokens, perMs, burst }] of rates.entries()) {
      const key = `${scope} #${index}`
      const bucket = this.#levels.get(key) ?? { level: burst, atMs: nowMs }
      const level = Math.min(burst, bucket.level + ((nowMs - bucket.atMs) * tokens) / perMs) - 1
      this.#levels.set(key, { level, atMs: nowMs })
      if (level < -slack) return `${scope}: faster than ${tokens} in ${perMs} ms with a burst of ${burst}`
    }
    return undefined
  }
}
