import { type Meter, meterHeldBy } from '../../src/base/meter.ts'
import type { GroupDepth, LimitSettings } from '../../src/contract/index.ts'

/** A queue, or one group of it. */
export interface Bound extends Meter {
  frozenUntilMs: number
  running: number
}

/** What keeps jobs from being taken there now; undefined while nothing does. */
export function heldBy(limits: LimitSettings, bound: Bound, nowMs: number): GroupDepth['held'] {
  if (bound.frozenUntilMs > nowMs) return 'frozen'
  if (bound.running >= (limits.concurrencyMax ?? Infinity)) return 'concurrency'
  return meterHeldBy(limits, bound, nowMs)
}
