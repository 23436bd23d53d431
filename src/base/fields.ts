import { FiberWorkError } from '../contract/errors.ts'
import { nearest } from './nearest.ts'
import type { RedisTarget } from './redis-target.ts'

/** Answers what is allowed when the value is not, undefined when it is. */
export type FieldCheck = (value: unknown) => string | undefined

export const wholeNumber =
  (min: number, max: number): FieldCheck =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`

export const flag: FieldCheck = (value) => (typeof value === 'boolean' ? undefined : 'true or false')
export const anyValue: FieldCheck = () => undefined

const isRedis = (value: unknown): value is RedisTarget =>
  typeof value === 'string'
    ? /^rediss?:\/\//.test(value)
    : typeof value === 'object' && value !== null && 'duplicate' in value && typeof value.duplicate === 'function'

export const redisTarget: FieldCheck = (value) =>
  isRedis(value)
    ? undefined
    : 'a redis:// or rediss:// URL, or an ioredis client (for a cluster or sentinels: a client)'

/** A hash tag of our own follows it. */
export const keyPrefix: FieldCheck = (value) =>
  typeof value === 'string' && /^[^{}\s]{0,100}$/.test(value)
    ? undefined
    : 'a text of up to 100 characters without { and }'

/** Hold options against a table of what is allowed. Throws `FW_CONFIG_INVALID`, with "did you mean". */
export function checkFields(where: string, options: object, table: Record<string, FieldCheck>): void {
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue
    const check = Object.hasOwn(table, key) ? table[key] : undefined
    if (check === undefined) throw wrong(`${where}: there is no option \`${key}\`${meant(key, Object.keys(table))}.`)
    const allowed = check(value)
    if (allowed !== undefined) throw wrong(`${where}: \`${key}\` is ${shown(value)}; allowed is ${allowed}.`)
  }
}

function meant(key: string, known: string[]): string {
  const near = nearest(key, known)
  return near === undefined ? `; known are ${known.join(', ')}` : `; did you mean \`${near}\`?`
}

/** No text: it may hold a password. */
function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}

function wrong(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
