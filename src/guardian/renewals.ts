import { answered } from '../base/answered.ts'
import { type Env, machineMs, sleep } from '../base/env.ts'
import type { Keeper } from '../contract/keeper.ts'
import type { Receipt } from '../contract/verdict.ts'
import type { Shared } from './shared.ts'

/** A renewal that failed is tried again this soon at first, and the next time later. */
const retryMsMin = 100
const deadlineMsMax = 10_000

export interface RenewalPorts {
  env: Env
  shared: Shared
  leaseMs: number
  makeKeeper: () => Promise<Keeper>
  /** A short JSON text about the main loop. */
  health: () => string
  /** For the first time, or the first time after a failure. */
  kept: (session: string) => void
  revoked: (session: string) => void
  /** Told once, until it works again. */
  failed: (error: unknown) => void
}

/** How long the first renewal waits, at most. */
const firstMs = 3_000

/** Renews the lease of one session after the other, three times a lease, whatever goes wrong in between. */
export class Renewals {
  readonly #ports: RenewalPorts
  readonly #everyMs: number
  readonly #end = new AbortController()
  #nap = new AbortController()
  #keeper: Keeper | undefined
  #making: Promise<Keeper> | undefined
  #session: string | undefined
  #isPaused = false
  /** Whoever listens knows how it is. */
  #told: 'kept' | 'failed' | undefined
  #loop: Promise<void> | undefined

  constructor(ports: RenewalPorts) {
    this.#ports = ports
    this.#everyMs = ports.leaseMs / 3
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** This session, and no other. */
  keep(session: string): void {
    this.#session = session
    this.#told = undefined
    this.hurry()
  }

  /** Renew now: there is something new to say. */
  hurry(): void {
    this.#nap.abort()
  }

  /** Let the lease run out. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.hurry()
  }

  /** The session is about to die of these. Best effort, within the deadline. */
  async accuse(receipts: Receipt[]): Promise<void> {
    const [keeper, session] = [this.#keeper, this.#session]
    if (keeper !== undefined && session !== undefined) await this.#answered('accuse', keeper.accuse(session, receipts))
  }

  async end(): Promise<void> {
    this.#end.abort()
    this.#nap.abort()
    await this.#loop
    await this.#keeper?.close().catch(() => {})
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    // The session is new, and so is its lease: a worker that starts has better things to do than to load a second client.
    await sleep(this.#ports.env, Math.min(firstMs, this.#everyMs / 2), signal)
    let retryMs = retryMsMin
    while (!signal.aborted) {
      this.#nap = new AbortController()
      let waitMs = this.#everyMs
      try {
        await this.#renew()
        retryMs = retryMsMin
      } catch (error) {
        if (signal.aborted) return
        if (this.#told !== 'failed') this.#ports.failed(error)
        this.#told = 'failed'
        waitMs = retryMs = Math.min(retryMs * 2, this.#everyMs)
      }
      // Said before the nap began, a word is not slept through.
      await sleep(this.#ports.env, waitMs, this.#nap.signal)
    }
  }

  async #renew(): Promise<void> {
    const { shared, health, kept, revoked, makeKeeper } = this.#ports
    // One that takes long is waited for again: made anew, it would be there twice.
    this.#making ??= makeKeeper().catch((error: unknown) => {
      this.#making = undefined
      throw error
    })
    this.#keeper ??= await this.#answered('makeKeeper', this.#making)
    const session = this.#session
    if (session === undefined || this.#isPaused) return
    const beganAtMs = machineMs()
    const answer = await this.#answered('renew', this.#keeper.renew(session, health()))
    if (session !== this.#session) return
    if (answer === 'revoked') {
      this.#session = undefined
      return revoked(session)
    }
    shared.renewedAtMs = beganAtMs
    if (this.#told !== 'kept') kept(session)
    this.#told = 'kept'
  }

  #answered<A>(verb: string, answer: Promise<A>): Promise<A> {
    const timeoutMs = Math.min(this.#everyMs, deadlineMsMax)
    return answered(this.#ports.env, { verb, timeoutMs, signal: this.#end.signal }, answer)
  }
}
