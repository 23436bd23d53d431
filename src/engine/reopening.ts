import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'

export interface ReopeningPorts {
  session: () => string
  /** The worker leaves: it needs no new session. */
  leaving: () => boolean
  inFlight: () => number
  /** Nobody waits for answers to the calls of the old session any more. */
  endCalls: (reason: FiberWorkError) => void
  /** What was reserved and has not begun is somebody else's. */
  drop: () => void
  /** Tell what runs to stop. */
  abort: (why: string) => void
  /** Run something while no call that could bring jobs is under way. */
  hold: (run: () => Promise<void>) => Promise<void>
  open: () => Promise<void>
  opened: () => void
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
    const { session, leaving, inFlight, endCalls, drop, abort, hold, open, opened } = this.#ports
    if (this.isUnderWay || leaving()) return
    const [running, worker] = [inFlight(), session()]
    endCalls(new FiberWorkError('FW_LEASE_REVOKED', "The worker's session was taken back."))
    drop()
    abort("The worker's session was taken back; the job runs elsewhere.")
    this.#underWay = hold(async () => {
      drop()
      await open()
      emit('worker.revoked', () => ({ worker, running }))
    })
    await this.#underWay.finally(() => {
      this.#underWay = undefined
      opened()
    })
  }
}
