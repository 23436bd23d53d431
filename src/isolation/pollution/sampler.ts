import type { Env } from '../../base/env.ts'

/** What looking may cost a job on average: a third of what is promised for everything. */
const budgetMs = 0.000_3
const everyMin = 100
const looksAJob = 3
/** The first jobs of each definition are all watched: what a definition always does shows at once. */
const firstJobs = 3
/** A look during which the collector ran says little about looks. */
const surpriseMax = 4

/** Which jobs are watched closely: the first few of each definition, and then one in as many as keeps the cost within its budget. */
export class Sampler {
  readonly #env: Env
  #lookMs = 0.05
  #countdown = everyMin

  constructor(env: Env) {
    this.#env = env
  }

  /** One in this many. */
  get every(): number {
    return Math.max(everyMin, Math.ceil((looksAJob * this.#lookMs) / budgetMs))
  }

  isDue(seen: number): boolean {
    if (seen < firstJobs) return true
    if (--this.#countdown > 0) return false
    this.#countdown = this.every
    return true
  }

  /** Times a look. */
  timed<R>(look: () => R): R {
    const startedMs = this.#env.monoMs()
    const answer = look()
    const tookMs = Math.min(this.#env.monoMs() - startedMs, this.#lookMs * surpriseMax)
    this.#lookMs += (tookMs - this.#lookMs) / 8
    return answer
  }
}
