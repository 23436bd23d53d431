import type { LimitSettings } from '../contract/index.ts'
import { type Buckets, takeTokensOfAll, tokensAtMsOfAll, tokensNowOfAll } from './bucket.ts'
import { quotaLeft, type Spent, spendQuota, windowEndMs } from './quota.ts'

/** What the rates and the quota of one scope (a queue, a group) have given out: all that a store has to remember of them. */
export interface Meter {
  /** `fullAtMs` of each rate. */
  buckets: Buckets
  spent: Spent | undefined
}

type Metered = Pick<LimitSettings, 'rates' | 'quota'>

/** How many jobs rates and quota let through now; Infinity without any. */
export function meterNow({ rates, quota }: Metered, { buckets, spent }: Meter, nowMs: number): number {
  const tokens = rates === undefined ? Infinity : tokensNowOfAll(rates, buckets, nowMs)
  return quota === undefined ? tokens : Math.min(tokens, quotaLeft(quota, spent, nowMs))
}

/** `count` jobs were taken. */
export function payMeter({ rates, quota }: Metered, meter: Meter, nowMs: number, count: number): void {
  if (rates !== undefined && rates.length > 0) meter.buckets = takeTokensOfAll(rates, meter.buckets, nowMs, count)
  if (quota !== undefined) meter.spent = spendQuota(quota, meter.spent, nowMs, count)
}

/** The first millisecond at which one job may be taken: `nowMs` when that is now. */
export function meterAtMs({ rates = [], quota }: Metered, { buckets, spent }: Meter, nowMs: number): number {
  const tokenAtMs = tokensAtMsOfAll(rates, buckets, nowMs, 1)
  const isSpent = quota !== undefined && quotaLeft(quota, spent, nowMs) < 1
  return isSpent ? Math.max(tokenAtMs, windowEndMs(quota, nowMs)) : tokenAtMs
}

/** What is used up, so that no job may be taken now: the quota where both are, since it lasts longer. */
export function meterHeldBy(
  { rates, quota }: Metered,
  { buckets, spent }: Meter,
  nowMs: number,
): 'quota' | 'rate' | undefined {
  if (quota !== undefined && quotaLeft(quota, spent, nowMs) < 1) return 'quota'
  return rates !== undefined && tokensNowOfAll(rates, buckets, nowMs) < 1 ? 'rate' : undefined
}

/** Nothing that was given out matters any more: a store may forget it. */
export function isMeterFull({ buckets, spent }: Meter, nowMs: number): boolean {
  return (spent === undefined || spent.endMs <= nowMs) && buckets.every((fullAtMs) => fullAtMs <= nowMs)
}
