import { emit } from '../../src/base/emit.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { anyValue, checkFields, wholeNumber } from '../../src/base/fields.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { type StoredJob, tenantHeader } from '../../src/contract/job.ts'
import { type Principal, principalHeader } from '../../src/contract/principal.ts'
import { acting, actingAs } from '../../src/sandbox/acting.ts'
import type { Fiber } from '../../src/sandbox/fiber.ts'
import { currentFiber } from '../../src/sandbox/storage.ts'
import type { Departure } from '../../src/sandbox/travel.ts'
import { type AuthSecret, type Key, keysOf } from './keys.ts'
import { principalOf } from './principal.ts'
import { sign, verify } from './signature.ts'

export interface AuthOptions {
  /** The first one signs, all verify: a new one is put first once all workers know it. Default: the words of FIBER_WORK_AUTH_SECRET. */
  secrets?: readonly AuthSecret[]
  /** A job must have begun within this time after its enqueue, retries included. Default: no limit. */
  expiresMs?: number
  /** Clock. Default: the system's. */
  env?: Env
}

const table = { secrets: anyValue, expiresMs: wholeNumber(1, 10 * 365 * 86_400_000), env: anyValue }

/** Who acts, and how that travels with jobs. */
export class Identity {
  #keys: readonly Key[] | undefined
  #expiresMs: number | undefined
  #env: Env = systemEnv

  configure(options: AuthOptions): void {
    checkFields('Auth.configure', options, table)
    this.#keys = options.secrets && keysOf(options.secrets)
    this.#expiresMs = options.expiresMs
    this.#env = options.env ?? systemEnv
  }

  user(): Principal | undefined {
    const fiber = currentFiber()
    return actingAs() ?? fiber?.principal
  }

  can(...roles: string[]): boolean {
    const user = this.user()
    return user !== undefined && (roles.length === 0 || roles.some((role) => user.roles?.includes(role) === true))
  }

  require(...roles: string[]): Principal {
    const user = this.user()
    if (user !== undefined && this.can(...roles)) return user
    const who = user === undefined ? 'Nobody acts here' : `${JSON.stringify(user.id)} may not do this`
    const wanted = roles.length === 0 ? 'somebody has to' : `it takes the role ${roles.join(' or ')}`
    throw new FiberWorkError('FW_AUTH_DENIED', `${who}; ${wanted}.`)
  }

  actAs(principal: Principal): void
  actAs<R>(principal: Principal, run: () => R): R
  actAs<R>(principal: Principal, run?: () => R): R | void {
    const fiber = currentFiber()
    const checked = principalOf(principal)
    checkTenant(checked, fiber?.tenant, 'The running job')
    if (run !== undefined) return acting(checked, run)
    if (fiber !== undefined) return void (fiber.principal = checked)
    throw new FiberWorkError(
      'FW_OUTSIDE_JOB',
      'Auth.actAs(principal) is for the rest of a job; outside of one write Auth.actAs(principal, async () => …).',
    )
  }

  /** Signs whoever asks for the job. A header that was copied from another job is not its own. */
  readonly carry = (job: StoredJob, { by, as }: Departure): void => {
    const principal = as === false ? undefined : as === undefined ? (actingAs() ?? by?.principal) : principalOf(as)
    if (principal === undefined) return withoutHeader(job)
    checkTenant(principal, job.headers?.[tenantHeader], `The job "${job.name}"`)
    const [key] = this.#known
    if (key === undefined)
      throw unconfigured(`"${job.name}" cannot carry the principal ${JSON.stringify(principal.id)}`)
    const untilMs = this.#expiresMs === undefined ? undefined : this.#env.nowMs() + this.#expiresMs
    job.headers = { ...job.headers, [principalHeader]: sign(principal, job, key, untilMs) }
  }

  readonly admit = (fiber: Fiber): void => {
    const { job } = fiber.loan
    if (job.headers?.[principalHeader] === undefined) return
    try {
      if (this.#known.length === 0) throw unconfigured(`"${job.name}" carries a principal that cannot be verified`)
      fiber.principal = verify(job, this.#known, this.#env.nowMs())
    } catch (error) {
      const { id, name, queue } = job
      emit('auth.refused', () => ({ job: id, name, queue, tenant: fiber.tenant, error }))
      throw error
    }
  }

  get #known(): readonly Key[] {
    return (this.#keys ??= keysOf((process.env['FIBER_WORK_AUTH_SECRET'] ?? '').split(/\s+/).filter(Boolean)))
  }
}

function withoutHeader(job: StoredJob): void {
  if (job.headers?.[principalHeader] === undefined) return
  const { [principalHeader]: _, ...rest } = job.headers
  job.headers = rest
}

function checkTenant({ id, tenant }: Principal, other: string | undefined, whose: string): void {
  if (tenant === undefined || other === undefined || tenant === other) return
  throw new FiberWorkError(
    'FW_TENANT_FOREIGN',
    `${whose} belongs to the tenant ${JSON.stringify(other)}, and ${JSON.stringify(id)} to ${JSON.stringify(tenant)}.`,
  )
}

function unconfigured(what: string): FiberWorkError {
  return new FiberWorkError(
    'FW_AUTH_UNCONFIGURED',
    `${what}: this process has no secret. Set FIBER_WORK_AUTH_SECRET, or call Auth.configure({ secrets }).`,
  )
}
