import type { Due } from '../../src/contract/index.ts'

/** Lua writes numbers of up to 14 digits as they are: enough until the year 5138. */
const momentMax = 99_999_999_999_999

/** Above 0 a moment; below, in `-n - 1` ms from now by the store's clock. */
export function dueOf(due: Due): number {
  if ('atMs' in due) return Math.min(momentMax, Math.max(1, Math.ceil(due.atMs)))
  return -Math.min(momentMax / 2, Math.max(0, Math.ceil(due.inMs))) - 1
}
