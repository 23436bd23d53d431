import type { Principal } from '../contract/principal.ts'
import { Carried } from './branch.ts'

const principals = new Carried<Principal>()

/**
 * Runs `run`, and whatever it starts, as this principal: in the running job, or outside of one. Who runs beside it does not notice.
 * Throws `FW_JOB_SETTLED`.
 */
export function acting<R>(principal: Principal, run: () => R): R {
  return principals.run(principal, run)
}

/** As whom `acting` runs what runs now, if it does. */
export function actingAs(): Principal | undefined {
  return principals.get()
}
