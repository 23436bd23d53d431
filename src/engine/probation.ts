import type { Reservation } from '../contract/driver.ts'
import type { Verdict } from '../contract/verdict.ts'

/** What to do with a job that was taken. */
export type Admission = { kind: 'start' } | { kind: 'hold' } | { kind: 'refuse'; verdict: Verdict }

/** A job that has crashed its process this often while it was on probation is the culprit, not a neighbour. */
const probationCrashesMax = 3
const parkMs = 500

/**
 * A crash is not an attempt, and a neighbour is not a culprit. Whoever was in flight when a process died is a suspect and
 * runs again on probation: first in a small crowd, after a second crash in a handful, then alone. The innocent are through
 * after a round or two; only the job that dies alone is quarantined. Suspects beyond the crowd go back to the store at once
 * with a short delay, so that the next crash does not make them look worse than they are.
 */
export class Probation {
  readonly #crowdMax: () => number
  readonly #random: () => number
  #inCrowd = 0
  #inHandful = 0
  #alone: Reservation | undefined

  constructor(concurrency: () => number, random: () => number) {
    this.#crowdMax = () => Math.max(1, Math.min(concurrency(), Math.max(10, Math.floor(concurrency() / 100))))
    this.#random = random
  }

  /** The suspect that runs alone, or is held until everything else has ended: meanwhile nothing may be taken. */
  get alone(): Reservation | undefined {
    return this.#alone
  }

  /** `inFlight`: how many others are on loan to this process. */
  admit(loan: Reservation, inFlight: number): Admission {
    if (loan.crashes > probationCrashesMax) return refuse(quarantine(loan))
    if (this.#alone !== undefined) return refuse(this.#later(1))
    if (loan.crashes === 0) return { kind: 'start' }
    if (loan.crashes === probationCrashesMax) {
      this.#alone = loan
      return { kind: 'hold' }
    }
    if (loan.crashes === 1) {
      if (this.#inCrowd >= this.#crowdMax()) return refuse(this.#later(inFlight / this.#crowdMax()))
      this.#inCrowd++
    } else {
      if (this.#inHandful >= Math.min(5, this.#crowdMax())) return refuse(this.#later(2))
      this.#inHandful++
    }
    return { kind: 'start' }
  }

  /** A job that was admitted is no longer in flight. */
  left(loan: Reservation): void {
    if (loan.crashes === 1) this.#inCrowd--
    else if (loan.crashes === 2) this.#inHandful--
    else if (this.#alone === loan) this.#alone = undefined
  }

  #later(crowds: number): Verdict {
    return { kind: 'release', due: { inMs: Math.round(parkMs * (0.5 + this.#random() * Math.max(1, crowds))) } }
  }
}

function refuse(verdict: Verdict): Admission {
  return { kind: 'refuse', verdict }
}

function quarantine({ crashes }: Reservation): Verdict {
  const reason = `FW_SUSPECT: its process died ${crashes} times while it ran, at last when it ran alone.`
  return { kind: 'quarantined', reason }
}
