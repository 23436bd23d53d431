import type { Link } from '../supervisor/link.ts'
import { watchStops } from '../supervisor/stops.ts'
import type { Worker } from '../worker/worker.ts'
import { exitCodes } from './exit-codes.ts'

/** The wish to stop and the worker that it is meant for, whichever comes first. */
export class Stopping {
  /** Resolves with the first wish. */
  readonly asked: Promise<void>
  /** From anybody else than a signal or the supervisor: 1 drains, 2 means now. */
  readonly raise: (level: 1 | 2, reason: string) => void
  #wish: { level: 1 | 2; reason: string } | undefined
  #worker: Worker | undefined

  constructor(link: Link | undefined) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.asked = promise
    this.raise = watchStops(link, {
      onStop: (level, reason) => {
        this.#wish = { level, reason }
        resolve()
        this.#stop()
      },
      onThird: (signal) => process.exit(signal === 'SIGTERM' ? 143 : exitCodes.interrupted.code),
    })
  }

  /** What asked for it: a signal, the dashboard, a supervisor that is gone. */
  get reason(): string | undefined {
    return this.#wish?.reason
  }
  get worker(): Worker | undefined {
    return this.#worker
  }

  /** This is the worker; a wish that came before is for it. */
  meet(worker: Worker): void {
    this.#worker = worker
    this.#stop()
  }

  #stop(): void {
    if (this.#wish === undefined) return
    const { level, reason } = this.#wish
    void this.#worker?.stop({ reason, ...(level === 2 && { graceMs: 0 }) })
  }
}
