import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Intake } from './intake.ts'
import type { Orders } from './orders.ts'
import type { Presence } from './presence.ts'
import type { Roster } from './roster.ts'

export interface ReopeningPorts {
  presence: Presence
  intake: Intake
  orders: Orders
  roster: Roster
  inFlight: () => number
  /** Who leaves needs no new session. */
  leaving: () => boolean
  /** What was reserved and has not begun is somebody else's. */
  drop: () => void
  open: () => Promise<void>
}

/** The session was taken back: everything it held runs elsewhere now. It is stopped here, and a new session begins. */
export class Reopening {
  readonly #ports: ReopeningPorts
  #underWay: Promise<void> | undefined

  constructor(ports: ReopeningPorts) {
    this.#ports = ports
  }

  /** Until it has ended nothing is taken. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined
  }

  async begin(): Promise<void> {
    const { presence, intake, orders, roster, inFlight, leaving, drop, open } = this.#ports
    if (this.isUnderWay || leaving()) return
    const [running, worker] = [inFlight(), presence.session]
    presence.endCalls(new FiberWorkError('FW_LEASE_REVOKED', "The worker's session was taken back."))
    drop()
    orders.revoke(roster.receipts(), "The worker's session was taken back; the job runs elsewhere.")
    this.#underWay = intake.hold(async () => {
      drop()
      await open()
      emit('worker.revoked', () => ({ worker, running }))
    })
    await this.#underWay.finally(() => {
      this.#underWay = undefined
      intake.wake()
    })
  }
}
