import { answered } from '../base/answered.ts'
import { emit } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import type { Driver, Pulse, Report } from '../contract/driver.ts'
import type { Receipt } from '../contract/verdict.ts'
import type { Lease } from './lease.ts'

export interface BeatPorts {
  env: Env
  driver: Driver
  lease: Lease
  everyMs: number
  session: () => string
  about: () => string
  /** How many loans we know of, and whether verdicts are on their way (then the store may well count differently). */
  held: () => { known: number; inMotion: boolean }
  progress: () => Report['progress']
  unbegun: () => Receipt[]
  cancelled: (receipts: Receipt[]) => void
  revoked: (receipts: Receipt[]) => void
  paused: (queues: string[]) => void
  sessionRevoked: () => Promise<void>
  mismatch: () => Promise<void>
}

/** The control plane's one trip: progress and report up; cancellations, pauses and revocations down; the lease, if nobody else renews it. */
export class Beat {
  readonly #ports: BeatPorts
  readonly #end = new AbortController()
  #loop: Promise<void> | undefined
  #nap = new AbortController()
  #mismatches = 0
  /** Who waits for a report that is yet to be made. */
  #listeners: (() => void)[] = []
  /** When the store last answered a beat, on the monotonic clock. */
  answeredMonoMs: number

  constructor(ports: BeatPorts) {
    this.#ports = ports
    this.answeredMonoMs = ports.env.monoMs()
  }

  /** For how long the store has not answered a beat. */
  get silentMs(): number {
    return this.#ports.env.monoMs() - this.answeredMonoMs
  }

  /** The store has answered, a beat or an open. */
  answered(): void {
    this.answeredMonoMs = this.#ports.env.monoMs()
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    this.#nap.abort()
    await this.#loop
  }

  /** Report soon; resolves when the store has heard a report that was made after this call, and never once the beats have stopped. */
  told(): Promise<void> {
    this.#nap.abort()
    return new Promise((resolve) => this.#listeners.push(resolve))
  }

  async #run(): Promise<void> {
    const { env, everyMs } = this.#ports
    const { signal } = this.#end
    let failed = false
    while (!signal.aborted) {
      // Whoever cannot wait for the next report does not hurry a store that has just failed.
      if (this.#listeners.length === 0 || failed) await sleep(env, everyMs, failed ? signal : this.#nap.signal, 'idle')
      this.#nap = new AbortController()
      if (signal.aborted) return
      failed = !(await this.#attempt())
    }
  }

  /** Answers whether the store has heard it. */
  async #attempt(): Promise<boolean> {
    const listeners = this.#listeners.splice(0)
    try {
      await this.#trip()
      for (const tell of listeners) tell()
      return true
    } catch (error) {
      this.#listeners.unshift(...listeners)
      if (!this.#end.signal.aborted) emit('store.failed', () => ({ verb: 'beat', error, tries: 1, givenUp: false }))
      return false
    }
  }

  async #trip(): Promise<void> {
    const { env, driver, lease } = this.#ports
    const session = this.#ports.session()
    const before = this.#ports.held()
    const report = this.#report(before.known)
    const { signal } = this.#end
    const timeoutMs = this.#ports.everyMs + 10_000
    const pulse = await answered(env, { verb: 'beat', timeoutMs, signal, kind: 'idle' }, driver.beat(report))
    // What was said of a session that is over by now is not about this one.
    if (session !== this.#ports.session()) return
    this.answered()
    if (pulse.session === 'revoked') return this.#ports.sessionRevoked()
    if (report.renew) lease.renewed()
    if (pulse.cancelled.length > 0) this.#ports.cancelled(pulse.cancelled)
    if (pulse.revoked.length > 0) this.#ports.revoked(pulse.revoked)
    this.#ports.paused(pulse.paused)
    return this.#compare(pulse, before)
  }

  #report(running: number): Report {
    const { lease, progress, about } = this.#ports
    const unbegun = this.#ports.unbegun()
    const report: Report = { renew: lease.isOurs, running, progress: progress(), about: about() }
    if (unbegun.length > 0) report.unbegun = unbegun
    return report
  }

  /** A count that differs once may be a verdict on its way; twice running, at rest, it is a loan that one side has lost. */
  async #compare(pulse: Pulse, before: { known: number; inMotion: boolean }): Promise<void> {
    const now = this.#ports.held()
    const comparable = pulse.held !== undefined && !before.inMotion && !now.inMotion && before.known === now.known
    if (!comparable || pulse.held === now.known) {
      if (comparable) this.#mismatches = 0
      return
    }
    if (++this.#mismatches < 2) return
    this.#mismatches = 0
    await this.#ports.mismatch()
  }
}
