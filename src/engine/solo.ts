import type { Reservation } from '../contract/driver.ts'
import type { Receipt } from '../contract/verdict.ts'
import type { Probation } from './probation.ts'

export interface SoloPorts {
  probation: Probation
  /** How many others are on loan to us and have not ended. */
  inFlight: () => number
  /** Resolves when all verdicts are written. */
  settled: () => Promise<void>
  /** Resolves when the store has heard a report that was made after this call. */
  told: () => Promise<void>
  start: (loan: Reservation) => void
}

/**
 * The suspect that must run alone is held back until nothing else is on loan to us, so that a crash can only be its own. While
 * it is held the store knows that it has not begun, and counts no crash for it if somebody else takes the process along.
 */
export class Solo {
  readonly #ports: SoloPorts
  /** The one that the store may believe not to have begun. */
  #announced: Reservation | undefined
  /** The one that is about to be started. */
  #beginning: Reservation | undefined
  #started: Reservation | undefined

  constructor(ports: SoloPorts) {
    this.#ports = ports
  }

  /** Reserved and not yet started. */
  get held(): Reservation | undefined {
    const { alone } = this.#ports.probation
    return alone === this.#started ? undefined : alone
  }

  /** What the report to the store says of it. */
  unbegun(): Receipt[] {
    const { held } = this
    if (held === undefined || held === this.#beginning) return []
    this.#announced = held
    return [held.receipt]
  }

  /** One was taken, or something has ended: it may begin now, or the store should hear soon that it does not yet. */
  look(): void {
    const { held } = this
    if (held === undefined || held === this.#beginning) return
    if (this.#ports.inFlight() === 0) void this.#begin(held)
    else if (this.#announced !== held) void this.#ports.told()
  }

  /** It has ended. Others may start when its verdict is written: until then a crash would still be counted for it. */
  async ended(loan: Reservation): Promise<void> {
    await this.#ports.settled()
    this.#ports.probation.left(loan)
  }

  /** The store would count no crash for what it believes not to have begun: that is put right before it begins. */
  async #begin(loan: Reservation): Promise<void> {
    const { probation, inFlight, settled, told, start } = this.#ports
    await settled()
    if (this.held !== loan || this.#beginning === loan || inFlight() > 0) return
    this.#beginning = loan
    if (this.#announced === loan) await told()
    if (probation.alone !== loan) return
    this.#started = loan
    start(loan)
  }
}
