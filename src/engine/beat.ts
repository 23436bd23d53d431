import { answered } from '../base/answered.ts'
import { emit } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import type { Driver, Pulse, Report } from '../contract/driver.ts'
import type { Receipt } from '../contract/verdict.ts'

export interface BeatPorts {
  env: Env
  driver: Driver
  everyMs: number
  session: () => string
  about: () => string
  /** How many loans we know of, and whether verdicts are on their way (then the store may well count differently). */
  held: () => { known: number; inMotion: boolean }
  progress: () => Report['progress']
  cancelled: (receipts: Receipt[]) => void
  revoked: (receipts: Receipt[]) => void
  paused: (queues: string[]) => void
  sessionRevoked: () => Promise<void>
  mismatch: () => Promise<void>
}

/** The control plane's one trip: lease, progress and report up; cancellations, pauses and revocations down. */
export class Beat {
  readonly #ports: BeatPorts
  readonly #end = new AbortController()
  #loop: Promise<void> | undefined
  #mismatches = 0
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

  /** The store has answered, a beat or an open: the lease begins anew. */
  answered(): void {
    this.answeredMonoMs = this.#ports.env.monoMs()
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { env, everyMs } = this.#ports
    while (!this.#end.signal.aborted) {
      await sleep(env, everyMs, this.#end.signal, 'idle')
      if (this.#end.signal.aborted) return
      try {
        await this.#trip()
      } catch (error) {
        if (this.#end.signal.aborted) return
        emit('store.failed', () => ({ verb: 'beat', error, tries: 1, givenUp: false }))
      }
    }
  }

  async #trip(): Promise<void> {
    const { env, driver, progress, about, held } = this.#ports
    const before = held()
    const report = { renew: true, running: before.known, progress: progress(), about: about() }
    const { signal } = this.#end
    const timeoutMs = this.#ports.everyMs + 10_000
    const session = this.#ports.session()
    const pulse = await answered(env, { verb: 'beat', timeoutMs, signal, kind: 'idle' }, driver.beat(report))
    // What was said of a session that is over by now is not about this one.
    if (session !== this.#ports.session()) return
    this.answered()
    if (pulse.session === 'revoked') return this.#ports.sessionRevoked()
    if (pulse.cancelled.length > 0) this.#ports.cancelled(pulse.cancelled)
    if (pulse.revoked.length > 0) this.#ports.revoked(pulse.revoked)
    this.#ports.paused(pulse.paused)
    return this.#compare(pulse, before)
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
