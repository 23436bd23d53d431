import { backoffMs } from '../base/backoff.ts'
import type { Backoff } from '../contract/backoff.ts'

/** How a worker process ended. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  /** It had been working. */
  wasUp: boolean
  /** How long it had been working. */
  upMs: number
}

export type Decision = { kind: 'restart'; inMs: number } | { kind: 'final'; code: number }

const backoff: Backoff = { kind: 'exponential', baseMs: 200, maxMs: 30_000, jitter: 'equal' }
/** Up for this long it counts as healthy, and the next crash as the first. */
const healthyMs = 60_000

/**
 * Which ends of one place's processes are restarted. What was never up would fail in the same way again, and its exit code says
 * why: final. What was up and fell is started anew, whatever it fell of, a wrong configuration (78) and bad input (65) aside; a
 * process that was killed always is, and one that cannot start where others before it could: a store is down, a file is being
 * changed. The pauses double up to half a minute, until one stays up for a minute.
 */
export class Restarts {
  readonly #random: () => number
  #inARow = 0
  #total = 0
  #everUp = false

  constructor(random: () => number) {
    this.#random = random
  }

  /** How often in all. */
  get total(): number {
    return this.#total
  }

  /** Somebody works at this place. */
  up(): void {
    this.#everUp = true
  }

  decide({ code, signal, wasUp, upMs }: Exit): Decision {
    this.#everUp ||= wasUp
    if (signal === null && code !== null && (wasUp ? isFinal(code) : !this.#everUp))
      return { kind: 'final', code: code === 0 && !wasUp ? 1 : code }
    if (upMs >= healthyMs) this.#inARow = 0
    this.#inARow += 1
    this.#total += 1
    return { kind: 'restart', inMs: backoffMs(backoff, Math.min(this.#inARow, 20), this.#random) }
  }
}

function isFinal(code: number): boolean {
  return code === 78 || code === 65
}
