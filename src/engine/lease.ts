import type { Env } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'

/** Whoever renews the lease while the event loop cannot: the guardian thread. */
export interface LeaseGuard {
  /** A session has begun: renew its lease from now on, and no other. */
  keep(session: string): void
  /** How long ago it began its last renewal of this session that succeeded; Infinity before there was one. */
  readonly renewedMsAgo: number
  /** How often it has renewed. */
  readonly renewals: number
}

/** Beats take the renewing over when the guardian has not renewed for this part of the lease. */
const guardedPart = 0.5

/** Somebody has to renew: a session has one lease, and where each message has its own, a keeper knows them all. */
export const isRenewed = ({ traits, keeper }: Driver): boolean => traits.lease === 'session' || keeper !== undefined

/** The lease of the worker's session, as far as this process can know of it. */
export class Lease {
  readonly #env: Env
  readonly #leaseMs: number
  readonly #guard: LeaseGuard | undefined
  #renewedMonoMs: number
  #renewals = 0
  /** It lasts until then at least: asked of each job that starts, while the guardian's clock is dear. */
  #safeMonoMs = -Infinity

  constructor(env: Env, leaseMs: number, guard: LeaseGuard | undefined) {
    this.#env = env
    this.#leaseMs = leaseMs
    this.#guard = guard
    this.#renewedMonoMs = env.monoMs()
  }

  /** A new session: a whole lease lies before it. */
  began(session: string): void {
    this.#safeMonoMs = -Infinity
    this.#renewedMonoMs = this.#env.monoMs()
    this.#guard?.keep(session)
  }

  /** The store has renewed it at our wish. */
  renewed(): void {
    this.#renewedMonoMs = this.#env.monoMs()
    this.#renewals++
  }

  /** How often it was renewed, by whom. */
  get renewals(): { guardian: number; beats: number } {
    return { guardian: this.#guard?.renewals ?? 0, beats: this.#renewals }
  }

  /** Since it was renewed, or began; 0 where nobody needs to renew it. */
  get ageMs(): number {
    return this.#leaseMs === Infinity ? 0 : this.#renewedMsAgo
  }

  /** The next beat has to renew it, because nobody else does. */
  get isOurs(): boolean {
    return this.#guard === undefined || this.#guard.renewedMsAgo > this.#leaseMs * guardedPart
  }

  /** Nobody has renewed it for longer than it lasts: the loans may be lost, whatever this process still believes. */
  get outlived(): boolean {
    const nowMonoMs = this.#env.monoMs()
    if (nowMonoMs <= this.#safeMonoMs) return false
    const msAgo = this.#renewedMsAgo
    this.#safeMonoMs = nowMonoMs + this.#leaseMs - msAgo
    return msAgo > this.#leaseMs
  }

  get #renewedMsAgo(): number {
    return Math.min(this.#env.monoMs() - this.#renewedMonoMs, this.#guard?.renewedMsAgo ?? Infinity)
  }
}
