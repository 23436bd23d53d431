import { answered } from '../base/answered.ts'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { Lanes } from '../base/lanes.ts'
import type { Driver } from '../contract/driver.ts'
import type { FiberWorkError } from '../contract/errors.ts'
import type { Receipt } from '../contract/verdict.ts'

/** The worker's presence in the store: its session, and the call ids that belong to it. */
export class Presence {
  readonly #env: Env
  readonly #driver: Driver
  #session = ''
  #lanes: Lanes
  readonly #end = new AbortController()

  constructor(env: Env, driver: Driver) {
    this.#env = env
    this.#driver = driver
    this.#lanes = new Lanes(env, driver.traits.lanesMax)
  }

  get session(): string {
    return this.#session
  }
  get lanes(): Lanes {
    return this.#lanes
  }

  /** Begin, or begin anew with a new session after the old one was taken back: call ids start over with it. */
  async open(): Promise<void> {
    const { session } = await this.#answered('open', this.#driver.open())
    if (this.#session !== '') this.#lanes = new Lanes(this.#env, this.#driver.traits.lanesMax)
    this.#session = session
  }

  /** Nobody waits for answers to the calls of this session any more. */
  endCalls(reason: FiberWorkError): void {
    this.#lanes.end(reason)
  }

  /** The worker leaves: nobody waits for anything any more. */
  end(reason: FiberWorkError): void {
    this.#lanes.end(reason)
    this.#end.abort(reason)
  }

  /** What the store thinks we hold against what we know of; answers those of ours that it does not know. */
  async reconcile(known: Receipt[]): Promise<Receipt[]> {
    const { released, revoked } = await this.#answered('reconcile', this.#driver.reconcile(known))
    emit('worker.reconciled', () => ({ worker: this.session, released, revoked: revoked.length }))
    return revoked
  }

  #answered<A>(verb: string, answer: Promise<A>): Promise<A> {
    return answered(this.#env, { verb, timeoutMs: defaults.callTimeoutMs, signal: this.#end.signal }, answer)
  }
}
