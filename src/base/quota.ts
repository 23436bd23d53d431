import type { LimitSettings } from '../contract/index.ts'

export type Quota = NonNullable<LimitSettings['quota']>

/**
 * What was taken of a quota in the window that ends at `endMs`. One whose window is over, or is not the one that the quota
 * has now (its `perMs` was changed, the clock jumped), says nothing any more: a store may forget it once `endMs <= nowMs`.
 * All times are milliseconds of one clock, the store's.
 */
export interface Spent {
  endMs: number
  jobs: number
}

/** When the window of this moment ends and the next one begins: a whole multiple of `perMs` since 1970. */
export function windowEndMs({ perMs }: Quota, nowMs: number): number {
  return (Math.floor(nowMs / perMs) + 1) * perMs
}

function spentNow(quota: Quota, spent: Spent | undefined, nowMs: number): number {
  return spent?.endMs === windowEndMs(quota, nowMs) ? spent.jobs : 0
}

/** How many jobs may still be taken in this window. */
export function quotaLeft(quota: Quota, spent: Spent | undefined, nowMs: number): number {
  return Math.max(0, quota.jobs - spentNow(quota, spent, nowMs))
}

/** After `count` jobs were taken. */
export function spendQuota(quota: Quota, spent: Spent | undefined, nowMs: number, count: number): Spent {
  return { endMs: windowEndMs(quota, nowMs), jobs: spentNow(quota, spent, nowMs) + count }
}
