import type { Principal } from '../../src/contract/principal.ts'
import { accompany } from '../../src/sandbox/travel.ts'
import { type AuthOptions, Identity } from './auth.ts'

export type { Principal } from '../../src/contract/principal.ts'
export type { AuthOptions } from './auth.ts'
export type { AuthSecret } from './keys.ts'

/**
 * Who acts: the principal that a job was enqueued with, carried signed from producer to job, and on to what the job enqueues.
 * All of it throws `FW_JOB_SETTLED` after the job's end.
 */
export interface AuthFacade {
  /** Once, before it is used; what is not said is as by default. Throws `FW_CONFIG_INVALID`. */
  configure(options: AuthOptions): void
  /** Who acts here: of the nearest `actAs`, else of the running job; undefined: nobody said. It cannot be changed. */
  user(): Principal | undefined
  /** Somebody acts here, and has one of these roles, if any are given. */
  can(...roles: string[]): boolean
  /** Who acts here, if they have one of these roles. Throws `FW_AUTH_DENIED`, after which a job is not tried again. */
  require(...roles: string[]): Principal
  /**
   * Run `run` and all that it starts as this principal, inside a job or outside: what is enqueued there carries it. Who runs beside
   * it does not notice. Throws `FW_PRINCIPAL_INVALID`, `FW_TENANT_FOREIGN`.
   */
  actAs<R>(principal: Principal, run: () => R): R
  /** The rest of the running job acts as this principal. Throws `FW_OUTSIDE_JOB` elsewhere. */
  actAs(principal: Principal): void
}

const identity = new Identity()
accompany(identity.carry, identity.admit)

export const Auth: AuthFacade = identity
