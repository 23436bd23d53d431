import type { GroupDepth, LimitSettings, LimitsLeft } from '../contract/index.ts'
import { msUntilFull, tokensNow } from './bucket.ts'
import { type Meter, meterAtMs, meterHeldBy } from './meter.ts'
import { quotaLeft, windowEndMs } from './quota.ts'

/** What is looked at of a queue, or of one group of it: what limits it, and how much of that is used. */
export interface Bound extends Meter {
  limits: LimitSettings
  frozenUntilMs: number
  running: number
}

/** What the rates and the quota leave now; undefined without either. */
export function limitsLeft(limits: LimitSettings, meter: Meter, nowMs: number): LimitsLeft | undefined {
  const { rates = [], quota } = limits
  if (rates.length === 0 && quota === undefined) return undefined
  return {
    rates: rates.map((rate, i) => {
      const fullAtMs = meter.buckets[i] ?? 0
      return { ...rate, left: tokensNow(rate, fullAtMs, nowMs), fullInMs: msUntilFull(rate, fullAtMs, nowMs) }
    }),
    ...(quota !== undefined && {
      quota: {
        ...quota,
        left: quotaLeft(quota, meter.spent, nowMs),
        endsInMs: Math.ceil(windowEndMs(quota, nowMs) - nowMs),
      },
    }),
    nextInMs: Math.ceil(meterAtMs(limits, meter, nowMs) - nowMs),
  }
}

/** What is told of a group with so many ready and running jobs: what keeps those from being taken, and until when. */
export function groupDepthOf(
  counts: Pick<GroupDepth, 'group' | 'ready' | 'running'>,
  group: Bound,
  queue: Bound,
  nowMs: number,
): GroupDepth {
  const held = counts.ready > 0 ? (heldBy(group, nowMs) ?? heldBy(queue, nowMs)) : undefined
  const left = limitsLeft(group.limits, group, nowMs)
  const nextInMs = held === undefined ? undefined : untilFree([group, queue], nowMs)
  return {
    ...counts,
    ...(held !== undefined && { held }),
    ...(nextInMs !== undefined && { nextInMs }),
    ...(left !== undefined && { left }),
  }
}

function heldBy(bound: Bound, nowMs: number): GroupDepth['held'] {
  if (bound.frozenUntilMs > nowMs) return 'frozen'
  return isAtCap(bound) ? 'concurrency' : meterHeldBy(bound.limits, bound, nowMs)
}

/** All that bind a job must allow it: the latest of their moments counts. */
function untilFree(bounds: readonly Bound[], nowMs: number): number | undefined {
  if (bounds.some(isAtCap)) return undefined
  const moments = bounds.flatMap((bound) => [bound.frozenUntilMs, meterAtMs(bound.limits, bound, nowMs)])
  return Math.max(0, Math.ceil(Math.max(...moments) - nowMs))
}

const isAtCap = ({ limits: { concurrencyMax = Infinity }, running }: Bound): boolean => running >= concurrencyMax
