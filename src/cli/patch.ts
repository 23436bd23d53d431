import { hidden } from '../base/redact.ts'

/** The JSON merge patch (RFC 7396) that makes one value of another; null, which such a patch cannot set, is for the caller to find. */
export function patchBetween(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null
  for (const [key, value] of Object.entries(after)) {
    const same = Object.hasOwn(before, key) && JSON.stringify(before[key]) === JSON.stringify(value)
    if (!same) patch[key] = Object.hasOwn(before, key) ? patchBetween(before[key], value) : value
  }
  return patch
}

/** Would it write down a mask where a secret stood, or a text that was cut for showing? */
export function holdsMask(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(hidden) || /… \(\d+ characters\)$/.test(value)
  if (Array.isArray(value)) return value.some(holdsMask)
  return isObject(value) && Object.values(value).some(holdsMask)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
