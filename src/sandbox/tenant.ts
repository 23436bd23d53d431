import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from './fiber.ts'
import { currentFiber, peekFiber } from './storage.ts'

/** Whose things are meant. */
export interface TenantOptions {
  /** Those of this tenant: for code of no tenant (a web server, a maintenance job). A job of a tenant has its own, and may not name another. */
  tenant?: string
  /** Those that belong to no tenant, and that all see. Default false. */
  shared?: boolean
}

const keyCharsMax = 1_024

/**
 * Whose things are meant here: the running job's tenant by itself. Undefined: nobody's, which is also where code of no tenant is.
 * Throws `FW_TENANT_FOREIGN`, `FW_JOB_SETTLED`.
 */
export function tenantHere({ tenant, shared = false }: TenantOptions): string | undefined {
  const own = currentFiber()?.tenant
  if (tenant !== undefined && (shared || (own !== undefined && own !== tenant))) {
    const whose = shared ? 'nobody’s (`shared`)' : `in the name of ${JSON.stringify(own)}`
    throw new FiberWorkError(
      'FW_TENANT_FOREIGN',
      `What is ${JSON.stringify(tenant)}’s was asked for, and ${whose} at that.`,
    )
  }
  return shared ? undefined : (tenant ?? own)
}

/** The options of a job that is about to be enqueued: where neither they nor its definition say whose it is, it is whose the job that enqueues it is. */
export function inherited<Options extends { tenant?: string }>(
  options: Options | undefined,
  definition: { options: { tenant?: unknown } },
  by: Fiber | undefined = peekFiber(),
): Options | undefined {
  const tenant = by?.tenant
  if (tenant === undefined || options?.tenant !== undefined || definition.options.tenant !== undefined) return options
  return { ...options, tenant } as Options
}

/**
 * One text for a tenant and a key, another one for any other two, whatever characters they hold: JSON, which writes a lone
 * surrogate so that UTF-8 keeps it. Throws `FW_NAME_INVALID`.
 */
export function tenantKey(tenant: string | undefined, key: string): string {
  if (typeof key !== 'string' || key === '' || key.length > keyCharsMax) {
    const found = typeof key === 'string' ? `${key.length} characters` : `a ${typeof key}`
    throw new FiberWorkError('FW_NAME_INVALID', `A key is a text of 1 to ${keyCharsMax} characters, not ${found}.`)
  }
  return JSON.stringify(tenant === undefined ? [key] : [tenant, key])
}
