import type { Rate } from '../../src/contract/job.ts'
import type { LimitSettings } from '../../src/contract/limits.ts'
import { type Rival, TurnWatch } from './turns.ts'

/** What binds a queue of this seed. */
export interface QueueLimit {
  queue: LimitSettings
  groups: LimitSettings
  /** What single groups set for themselves, by name. */
  own: Record<string, LimitSettings>
}

/** What floats may be off by. */
const slack = 0.01
/** A group has a token for sure, whatever the store rounds. */
const sureTokens = 1.2

type Group = string | undefined

const nameOf = (group: Group): string => group ?? '(no group)'
const scopeOf = (queue: string, group: Group): string => `${queue} / ${nameOf(group)}`

/**
 * Counts what was taken, independent of the store: caps at every moment, rates by a bucket of its own, quotas by window; and
 * whose turn it was.
 */
export class LimitWatch {
  readonly #limits: ReadonlyMap<string, QueueLimit>
  readonly #running = new Map<string, number>()
  readonly #levels = new Map<string, { level: number; atMs: number }>()
  readonly #spent = new Map<string, { window: number; jobs: number }>()
  readonly #frozenUntilMs = new Map<string, number>()
  readonly #turns = new Map<string, TurnWatch>()

  constructor(limits: ReadonlyMap<string, QueueLimit>) {
    this.#limits = limits
  }

  /** Answers what is wrong with taking one more, if anything is. `ready`: the groups that have a job to give. */
  took(queue: string, group: Group, ready: ReadonlySet<Group>, nowMs: number): string | undefined {
    const limit = this.#limits.get(queue)?.queue ?? {}
    const own = this.#of(queue, group)
    const scope = scopeOf(queue, group)
    const unfair = this.#takeTurn(queue, group, ready, nowMs)
    return (
      this.#count(queue, limit.concurrencyMax) ??
      this.#count(scope, own.concurrencyMax) ??
      this.#pour(queue, limit.rates, nowMs) ??
      this.#pour(scope, own.rates, nowMs) ??
      this.#spend(queue, limit.quota, nowMs) ??
      this.#spend(scope, own.quota, nowMs) ??
      this.#thawed(queue, nowMs) ??
      this.#thawed(scope, nowMs) ??
      unfair
    )
  }

  left(queue: string, group: Group): void {
    for (const scope of [queue, scopeOf(queue, group)]) this.#running.set(scope, (this.#running.get(scope) ?? 0) - 1)
  }

  /** Somebody has frozen a group. */
  freeze(queue: string, group: string, untilMs: number): void {
    this.#frozenUntilMs.set(scopeOf(queue, group), untilMs)
  }

  /** Limits have changed. */
  changed(queue: string): void {
    this.#turns.get(queue)?.reset()
  }

  #of(queue: string, group: Group): LimitSettings {
    const limit = this.#limits.get(queue)
    return { ...limit?.groups, ...(group !== undefined && limit?.own[group]) }
  }

  #takeTurn(queue: string, group: Group, ready: ReadonlySet<Group>, nowMs: number): string | undefined {
    const turns = this.#turns.get(queue) ?? new TurnWatch()
    this.#turns.set(queue, turns)
    const rivals = [...ready]
      .filter((other) => other === group || this.#mayHave(queue, other, nowMs))
      .map((other): Rival => ({ group: nameOf(other), weight: this.#of(queue, other).weight ?? 1 }))
    return turns.took(nameOf(group), rivals)
  }

  /** Nothing but its turn keeps a group from a job; where rounding may decide, something does. */
  #mayHave(queue: string, group: Group, nowMs: number): boolean {
    const scope = scopeOf(queue, group)
    const { concurrencyMax = Infinity, rates = [], quota } = this.#of(queue, group)
    if ((this.#running.get(scope) ?? 0) >= concurrencyMax || this.#thawed(scope, nowMs) !== undefined) return false
    if (quota !== undefined && this.#spentOf(scope, quota.perMs, nowMs) >= quota.jobs) return false
    return rates.every((rate, index) => this.#flow(scope, index, rate, nowMs) >= sureTokens)
  }

  #count(scope: string, most = Infinity): string | undefined {
    const running = (this.#running.get(scope) ?? 0) + 1
    this.#running.set(scope, running)
    return running > most ? `${scope}: ${running} on loan, and the cap is ${most}` : undefined
  }

  /** What a bucket would hold if it could not run over. */
  #flow(scope: string, index: number, { tokens, perMs }: Rate, nowMs: number): number {
    const bucket = this.#levels.get(`${scope} #${index}`)
    return bucket === undefined ? Infinity : bucket.level + ((nowMs - bucket.atMs) * tokens) / perMs
  }

  #pour(scope: string, rates: readonly Rate[] = [], nowMs: number): string | undefined {
    for (const [index, rate] of rates.entries()) {
      const level = Math.min(rate.burst, this.#flow(scope, index, rate, nowMs)) - 1
      this.#levels.set(`${scope} #${index}`, { level, atMs: nowMs })
      if (level < -slack)
        return `${scope}: faster than ${rate.tokens} in ${rate.perMs} ms with a burst of ${rate.burst}`
    }
    return undefined
  }

  #spentOf(scope: string, perMs: number, nowMs: number): number {
    const spent = this.#spent.get(scope)
    return spent?.window === Math.floor(nowMs / perMs) ? spent.jobs : 0
  }

  #spend(scope: string, quota: LimitSettings['quota'], nowMs: number): string | undefined {
    if (quota === undefined) return undefined
    const { jobs: most, perMs } = quota
    const jobs = this.#spentOf(scope, perMs, nowMs) + 1
    this.#spent.set(scope, { window: Math.floor(nowMs / perMs), jobs })
    return jobs > most ? `${scope}: ${jobs} taken in a window of ${perMs} ms, and the quota is ${most}` : undefined
  }

  #thawed(scope: string, nowMs: number): string | undefined {
    const untilMs = this.#frozenUntilMs.get(scope) ?? 0
    return untilMs > nowMs ? `${scope} is frozen for another ${untilMs - nowMs} ms` : undefined
  }
}
