import { hidden } from '../../src/base/secrets.ts'

/** How an input that was shown with its secrets left out becomes another one: a merge patch (RFC 7396), or as a whole. */
export type InputEdit = { patch: unknown } | { input: unknown } | { problem: string } | Record<string, never>

/**
 * What to send so that the stored input becomes `after`, where `before` is what was shown of it. What stays as it was shown, masked secrets among
 * it, is left alone by a patch. A patch cannot set null, and takes lists as a whole: then all of the input is sent, if it holds no mask.
 */
export function inputEdit(before: unknown, after: unknown): InputEdit {
  if (isSame(before, after)) return {}
  if (isObject(before) && isObject(after)) {
    const patch = patchOf(before, after)
    if (patch !== undefined && !holdsMask(patch)) return { patch }
  }
  if (!holdsMask(after)) return { input: after }
  return {
    problem: `What you changed stands beside a secret that is not shown (${hidden}). Write the secret too, or let an admin show it first.`,
  }
}

/** Undefined where a patch cannot say it. */
function patchOf(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined
    if (isSame(old, value)) continue
    const inner = isObject(old) && isObject(value) ? patchOf(old, value) : holdsNull(value) ? undefined : value
    if (inner === undefined) return undefined
    patch[key] = inner
  }
  return patch
}

/** Inside of objects null would remove; inside of lists it stays. */
function holdsNull(value: unknown): boolean {
  return value === null || (isObject(value) && Object.values(value).some(holdsNull))
}

function holdsMask(value: unknown): boolean {
  if (value === hidden) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsMask)
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
