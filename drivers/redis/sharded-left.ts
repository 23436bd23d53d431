import type { LimitsLeft } from '../../src/contract/index.ts'

/** What limits leave that are divided among shards: the next job may start where the first one may. */
export function leftTogether(one: LimitsLeft | undefined, other: LimitsLeft | undefined): LimitsLeft | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return {
    rates: one.rates.map((rate, i) => {
      const { tokens = 0, burst = 0, left = 0, fullInMs = 0 } = other.rates[i] ?? {}
      return {
        perMs: rate.perMs,
        tokens: rate.tokens + tokens,
        burst: rate.burst + burst,
        left: rate.left + left,
        fullInMs: Math.max(rate.fullInMs, fullInMs),
      }
    }),
    ...(one.quota !== undefined && {
      quota: {
        ...one.quota,
        jobs: one.quota.jobs + (other.quota?.jobs ?? 0),
        left: one.quota.left + (other.quota?.left ?? 0),
      },
    }),
    nextInMs: Math.min(one.nextInMs, other.nextInMs),
  }
}
