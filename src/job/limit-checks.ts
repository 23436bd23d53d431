import type { LimitScope, LimitSettings } from '../contract/limits.ts'
import { anObject, type Check, checkOptions, integer } from './check.ts'
import { checkKey, checkName } from './names.ts'

/** One bucket as the code may declare it, or several that hold at once. */
export const buckets: Check = (value) => {
  const rates = Array.isArray(value) ? value : [value]
  return rates.length > 0 && rates.every(isRate)
    ? undefined
    : '{ tokens, perMs, burst? } with numbers above 0 (burst at least 1), or a list of them'
}

export const noBuckets: Check = (value) => (Array.isArray(value) && value.length === 0 ? undefined : 'an empty list')

/** 100 years: longer windows would have no second one. */
const perMsMax = 100 * 366 * 86_400_000

export const quota: Check = (value) => {
  const { jobs, perMs, ...rest } = (anObject(value) === undefined ? value : {}) as Record<string, unknown>
  const fine =
    integer(1, Number.MAX_SAFE_INTEGER)(jobs) === undefined &&
    integer(1, perMsMax)(perMs) === undefined &&
    Object.keys(rest).length === 0
  return fine ? undefined : '{ jobs, perMs } with whole numbers of at least 1'
}

export const cap: Check = integer(1, 1_000_000)
export const depth: Check = integer(1, Number.MAX_SAFE_INTEGER)
export const weight: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= 1_000 ? undefined : 'a number above 0, up to 1000'

/** What an operator may set. 0 stops a queue or a group as a pause does. */
const shared: Record<string, Check> = {
  rates: (value) =>
    Array.isArray(value) && value.every((rate) => isRate(rate) && 'burst' in (rate as object))
      ? undefined
      : 'a list of { tokens, perMs, burst } with numbers above 0 (burst at least 1)',
  quota,
  concurrencyMax: integer(0, Number.MAX_SAFE_INTEGER),
}
const ofQueue = { ...shared, depthMax: integer(0, Number.MAX_SAFE_INTEGER) }
const ofGroups = { ...shared, weight }

/** Hold what is to be set at run time against what can be. Throws `FW_JOB_INVALID`, `FW_NAME_INVALID`. */
export function checkLimits(queue: string, scope: LimitScope, settings: LimitSettings): void {
  checkName('queue', queue)
  if (typeof scope === 'object') checkKey('group', scope.group)
  const whom = typeof scope === 'object' ? `group ${JSON.stringify(scope.group)}` : scope
  checkOptions(`limits of "${queue}" (${whom})`, settings, scope === 'queue' ? ofQueue : ofGroups)
}

function isRate(value: unknown): boolean {
  if (anObject(value) !== undefined) return false
  const { tokens, perMs, burst, ...rest } = value as Record<string, unknown>
  return (
    above0(tokens) &&
    above0(perMs) &&
    (burst === undefined || (above0(burst) && (burst as number) >= 1)) &&
    Object.keys(rest).length === 0
  )
}

function above0(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
