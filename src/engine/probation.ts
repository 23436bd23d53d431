import type { Reservation } from '../contract/driver.ts'
import type { Verdict } from '../contract/verdict.ts'

/** What to do with a job that was taken. */
export type Admission = { kind: 'start' } | { kind: 'hold' } | { kind: 'refuse'; verdict: Verdict }

/** A job that has crashed its process this often while it was on probation is the culprit, not a neighbour. */
const probationCrashesMax = 3
const parkMs = 500

/**
 * Room for suspects of one degree, with a slow start: each one that ends without taking the process down makes room for one
 * more, so that thousands of innocents are through after a few rounds of doubling, and the first round is still small.
 */
class Room {
  readonly #first: () => number
  readonly #most: () => number
  #taken = 0
  #cleared = 0

  constructor(first: () => number, most: () => number) {
    this.#first = first
    this.#most = most
  }

  get size(): number {
    return Math.min(this.#most(), this.#first() + this.#cleared)
  }

  /** Answers whether there was room. */
  enter(): boolean {
    if (this.#taken >= this.size) return false
    this.#taken++
    return true
  }

  leave(): void {
    this.#taken--
    this.#cleared++
  }
}

/**
 * A crash is not an attempt, and a neighbour is not a culprit. Whoever was in flight when a process died is a suspect and
 * runs again on probation: first in a crowd of a hundredth of the concurrency that grows to a tenth, after a second crash in a
 * handful of five that grows to the cube root, then alone. Whatever crashes next, the next degree is small; only the job that
 * dies alone is quarantined. Suspects beyond the room go back to the store at once with a short delay, so that the next crash
 * does not make them look worse than they are.
 */
export class Probation {
  readonly #random: () => number
  readonly #crowd: Room
  readonly #handful: Room
  #alone: Reservation | undefined

  constructor(concurrency: () => number, random: () => number) {
    const atMost = (room: number) => Math.max(1, Math.min(concurrency(), Math.floor(room)))
    this.#random = random
    this.#crowd = new Room(
      () => atMost(Math.max(10, concurrency() / 100)),
      () => atMost(Math.max(10, concurrency() / 10)),
    )
    this.#handful = new Room(
      () => atMost(5),
      () => atMost(Math.max(5, Math.cbrt(concurrency()))),
    )
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
    if (loan.crashes === 1)
      return this.#crowd.enter() ? { kind: 'start' } : refuse(this.#later(roundsOf(inFlight / this.#crowd.size)))
    return this.#handful.enter() ? { kind: 'start' } : refuse(this.#later(2))
  }

  /** A job that was admitted is no longer in flight. */
  left(loan: Reservation): void {
    if (loan.crashes === 1) this.#crowd.leave()
    else if (loan.crashes === 2) this.#handful.leave()
    else if (this.#alone === loan) this.#alone = undefined
  }

  #later(rounds: number): Verdict {
    return { kind: 'release', due: { inMs: Math.round(parkMs * (0.5 + this.#random() * Math.max(1, rounds))) } }
  }
}

/** How many rounds that double it takes until so many crowds are through. */
function roundsOf(crowds: number): number {
  return Math.log2(1 + crowds)
}

function refuse(verdict: Verdict): Admission {
  return { kind: 'refuse', verdict }
}

function quarantine({ crashes }: Reservation): Verdict {
  const reason = `FW_SUSPECT: its process died ${crashes} times while it ran, at last when it ran alone.`
  return { kind: 'quarantined', reason }
}
