import type { Principal } from '../contract/principal.ts'
import type { Fiber } from './fiber.ts'
import { currentFiber, type Handle, storage } from './storage.ts'

/** In the place of the job's own handle, and emptied with it; or of none. */
class ActingHandle implements Handle {
  readonly principal: Principal
  readonly #job: Handle | undefined

  constructor(job: Handle | undefined, principal: Principal) {
    this.#job = job instanceof ActingHandle ? job.#job : job
    this.principal = principal
  }

  get fiber(): Fiber | undefined {
    return this.#job?.fiber
  }

  get outside(): boolean {
    return this.#job === undefined
  }
}

/**
 * Runs `run`, and whatever it starts, as this principal: in the running job, or outside of one. Who runs beside it does not notice.
 * Throws `FW_JOB_SETTLED`.
 */
export function acting<R>(principal: Principal, run: () => R): R {
  currentFiber()
  return storage.run(new ActingHandle(storage.getStore(), principal), run)
}

/** As whom `acting` runs what runs now, if it does. */
export function actingAs(): Principal | undefined {
  return storage.getStore()?.principal
}
