import { nearest } from '../base/nearest.ts'
import { FiberWorkError } from '../contract/errors.ts'

/** Answers what is allowed when the value is not, undefined when it is. */
export type Check = (value: unknown) => string | undefined

export const integer =
  (min: number, max: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `an integer from ${min} to ${max}`

export const milliseconds =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'number' && value >= min && value <= max ? undefined : `milliseconds from ${min} to ${max}`

export const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function')
export const anObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object'

export const either =
  (...checks: Check[]): Check =>
  (value) => {
    const refusals = checks.map((check) => check(value))
    return refusals.includes(undefined) ? undefined : refusals.join(', or ')
  }

export const off: Check = (value) => (value === false ? undefined : 'false')

/** Hold the options that somebody wrote against a table of what is allowed. Throws `FW_JOB_INVALID`, with "did you mean". */
export function checkOptions(where: string, options: object, table: Record<string, Check>): void {
  for (const key of Object.keys(options)) {
    const value = (options as Record<string, unknown>)[key]
    if (value === undefined) continue
    const check = Object.hasOwn(table, key) ? table[key] : undefined
    if (check === undefined) throw new FiberWorkError('FW_JOB_INVALID', unknownOption(where, key, Object.keys(table)))
    const allowed = check(value)
    if (allowed !== undefined) {
      throw new FiberWorkError('FW_JOB_INVALID', `${where}: \`${key}\` is ${shown(value)}; allowed is ${allowed}.`)
    }
  }
}

function unknownOption(where: string, key: string, known: string[]): string {
  const near = nearest(key, known)
  const hint = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean \`${near}\`?`
  return `${where}: there is no option \`${key.length > 80 ? `${key.slice(0, 80)}…` : key}\`. ${hint}`
}

/** A value as an error message shows it: short, and never throwing. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}
