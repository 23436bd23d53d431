import { LRUCache } from 'lru-cache'
import { takeTokens, tokensNow } from '../../base/bucket.ts'
import type { Env } from '../../base/env.ts'

/** Whoever is asked about most lately; the others begin anew, which favours them. */
const keysMax = 10_000

/** Lets each of many through so often a second on average, and twice as many at once. */
export class Throttle {
  readonly #env: Env
  readonly #fullAtMs = new LRUCache<string, number>({ max: keysMax })

  constructor(env: Env) {
    this.#env = env
  }

  admits(key: string, perSecond: number): boolean {
    const rate = { tokens: perSecond, perMs: 1_000, burst: 2 * perSecond }
    const nowMs = this.#env.monoMs()
    const fullAtMs = this.#fullAtMs.get(key) ?? 0
    if (tokensNow(rate, fullAtMs, nowMs) < 1) return false
    this.#fullAtMs.set(key, takeTokens(rate, fullAtMs, nowMs, 1))
    return true
  }
}
