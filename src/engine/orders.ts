import { FiberWorkError } from '../contract/errors.ts'
import type { Receipt } from '../contract/verdict.ts'
import type { Roster } from './roster.ts'
import type { Watch } from './watch.ts'

const codes = { cancelled: 'FW_JOB_CANCELLED', revoked: 'FW_LEASE_REVOKED' } as const

/** What the store tells of single loans, passed on to the fibers that hold them. */
export class Orders {
  readonly #roster: Roster
  readonly #watch: Watch

  constructor(roster: Roster, watch: Watch) {
    this.#roster = roster
    this.#watch = watch
  }

  cancel(receipts: Receipt[]): void {
    this.#stop(receipts, 'cancelled', 'The job was cancelled.')
  }

  revoke(receipts: Receipt[], why: string): void {
    this.#stop(receipts, 'revoked', why)
  }

  #stop(receipts: Receipt[], kind: keyof typeof codes, message: string): void {
    for (const { fiber } of this.#roster.find(receipts)) {
      // Every beat repeats what is cancelled: only the first one starts the time that a handler may ignore it.
      if (fiber.stop !== undefined) continue
      fiber.abort(kind, new FiberWorkError(codes[kind], message))
      this.#watch.expectEnd(fiber)
    }
  }
}
