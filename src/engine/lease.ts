import type { Env } from '../base/env.ts'

/** Whoever renews the lease while the event loop cannot: the guardian thread. */
export interface LeaseGuard {
  /** A session has begun: renew its lease from now on, and no other. */
  keep(session: string): void
  /** How long ago it began its last renewal of this session that succeeded; Infinity before there was one. */
  readonly renewedMsAgo: number
}

/** Beats take the renewing over when the guardian has not renewed for this part of the lease. */
const guardedPart = 0.5

/** The lease of the worker's session, as far as this process can know of it. */
export class Lease {
  readonly #env: Env
  readonly #leaseMs: number
  readonly #guard: LeaseGuard | undefined
  #renewedMonoMs: number

  constructor(env: Env, leaseMs: number, guard: LeaseGuard | undefined) {
    this.#env = env
    this.#leaseMs = leaseMs
    this.#guard = guard
    this.#renewedMonoMs = env.monoMs()
  }

  /** A new session: a whole lease lies before it. */
  began(session: string): void {
    this.renewed()
    this.#guard?.keep(session)
  }

  /** The store has renewed it at our wish. */
  renewed(): void {
    this.#renewedMonoMs = this.#env.monoMs()
  }

  /** The next beat has to renew it, because nobody else does. */
  get isOurs(): boolean {
    return this.#guard === undefined || this.#guard.renewedMsAgo > this.#leaseMs * guardedPart
  }

  /** Nobody has renewed it for longer than it lasts: the loans may be lost, whatever this process still believes. */
  get outlived(): boolean {
    const ownMsAgo = this.#env.monoMs() - this.#renewedMonoMs
    return Math.min(ownMsAgo, this.#guard?.renewedMsAgo ?? Infinity) > this.#leaseMs
  }
}
