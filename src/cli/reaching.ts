import { backoffMs } from '../base/backoff.ts'
import { formatDuration } from '../base/duration.ts'
import { type Env, sleep } from '../base/env.ts'
import { redactText } from '../base/redact.ts'
import { redactUrl } from '../base/text.ts'
import type { HealthReport, HealthSource } from '../api/health.ts'
import type { Backoff } from '../contract/backoff.ts'
import { isFiberWorkError } from '../contract/errors.ts'
import type { ProcessLog } from './log.ts'

const backoff: Backoff = { kind: 'exponential', baseMs: 200, maxMs: 2_000, jitter: 'equal' }

/** A store that may be away when a process starts: it is asked for until it is there, and whoever asks is told meanwhile. */
export class Reaching {
  readonly #env: Env
  readonly #name: string
  readonly #log: Pick<ProcessLog, 'line' | 'say'>
  readonly #given = new AbortController()
  #isReached = false
  #away: string | undefined

  constructor(env: Env, url: string, log: Pick<ProcessLog, 'line' | 'say'>) {
    this.#env = env
    this.#name = nameOf(url)
    this.#log = log
  }

  /** Why the store could not be reached when it was tried last; undefined before the first try has failed, and once it is reached. */
  get away(): string | undefined {
    return this.#away
  }

  /**
   * What `connect` makes, as soon as it can. Only a store that is away is waited for: what a second try cannot mend is thrown at once (a wrong
   * password, a store that a newer release has written, a missing package). The log hears once that it waits, and once that it is over.
   * Rejects with the reason of the last failure when it was given up, and at the first one unless it `waits`.
   */
  async reach<T>(connect: () => Promise<T>, waits = true): Promise<T> {
    const sinceMonoMs = this.#env.monoMs()
    for (let tries = 1; ; tries++) {
      try {
        const reached = await connect()
        this.#isReached = true
        if (this.#away !== undefined)
          this.#log.say(`the store ${this.#name} is reached, after ${this.#lasted(sinceMonoMs)}`)
        this.#away = undefined
        return reached
      } catch (error) {
        if (!waits || !isFiberWorkError(error) || !error.retryable) throw error
        const why = redactText(error.message)
        if (this.#away === undefined)
          this.#log.line(
            'warn',
            `the store ${this.#name} cannot be reached yet, and is asked for until it is there: ${why}`,
          )
        this.#away = `the store ${this.#name} cannot be reached: ${why}`
        await sleep(this.#env, backoffMs(backoff, Math.min(tries, 10), this.#env.random), this.#given.signal)
        if (this.#given.signal.aborted) throw error
      }
    }
  }

  /** It is not waited for any more. */
  giveUp(): void {
    this.#given.abort()
  }

  /** The same health, which is none until the store is reached. */
  over(source: HealthSource): HealthSource {
    return async () => {
      const report: HealthReport = await source()
      if (this.#isReached) return report
      const reason = this.#away ?? `the store ${this.#name} is not reached yet`
      const isTried = this.#away !== undefined
      return { ...report, ok: report.ok && !isTried, ready: false, reasons: [...new Set([reason, ...report.reasons])] }
    }
  }

  #lasted(sinceMonoMs: number): string {
    return formatDuration(this.#env.monoMs() - sinceMonoMs)
  }
}

/** A store as whoever may know of it: without who asks and how. Health is told without a token. */
function nameOf(url: string): string {
  return redactUrl(url)
    .replace(/[?#].*$/s, '')
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1')
}
