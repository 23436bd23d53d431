import { meterNow, type Meter } from '../../src/base/meter.ts'
import { quotaLeft } from '../../src/base/quota.ts'
import type { GroupDepth, LimitSettings } from '../../src/contract/index.ts'

/** A queue, or one group of it, as its limits see it. */
export interface Bound extends Meter {
  limits: LimitSettings
  frozenUntilMs: number
  running: number
}

/** What keeps jobs from being taken there now; undefined while nothing does. */
export function heldBy(bound: Bound, nowMs: number): GroupDepth['held'] {
  const { limits, frozenUntilMs, running, spent } = bound
  if (frozenUntilMs > nowMs) return 'frozen'
  if (limits.concurrencyMax !== undefined && running >= limits.concurrencyMax) return 'concurrency'
  if (limits.quota !== undefined && quotaLeft(limits.quota, spent, nowMs) < 1) return 'quota'
  return meterNow(limits, bound, nowMs) < 1 ? 'rate' : undefined
}
