import type { Rate } from '../contract/index.ts'

/**
 * Token buckets in one number: `fullAtMs`, the moment at which the bucket is full again if nobody takes from it.
 *
 * A bucket nobody has touched, and one that has been full for long, are the same: any moment in the past, 0 for one that
 * was never used. Nothing needs to be refilled, and a store may forget every bucket with `fullAtMs <= nowMs`.
 * All times are milliseconds of one clock, the store's. Should that clock step back a little, a bucket waits that much
 * longer; should it jump by more than the bucket takes to fill (or the rate be changed so), nobody can know what was in
 * it, and it counts as full: too much once rather than nothing for hours.
 *
 * A rate has `tokens > 0`, `perMs > 0` and `burst`; a burst below 1 counts as 1, else nothing could ever be taken.
 */

/** What sums of fractions of a millisecond may be off by, so that the third of 3 a second is there after 333.33 ms × 3. */
const slackMs = 0.001

const stepMs = (rate: Rate): number => rate.perMs / rate.tokens

/** How long an empty bucket takes to fill. */
const fillMs = (rate: Rate): number => Math.max(1, rate.burst) * stepMs(rate)

/** How far from full it is now, in milliseconds of inflow: 0 … `fillMs`, or a little more after a step back of the clock. */
function debtMs(rate: Rate, fullAtMs: number, nowMs: number): number {
  const debt = fullAtMs - nowMs
  return debt <= 0 || debt > 2 * fillMs(rate) + slackMs ? 0 : debt
}

/** How many whole tokens are in the bucket now. */
export function tokensNow(rate: Rate, fullAtMs: number, nowMs: number): number {
  const savedMs = fillMs(rate) - debtMs(rate, fullAtMs, nowMs) + slackMs
  return Math.max(0, Math.floor(savedMs / stepMs(rate)))
}

/** The bucket (its new `fullAtMs`) after `count` tokens were taken. Ask `tokensNow` first: what is not there becomes no debt. */
export function takeTokens(rate: Rate, fullAtMs: number, nowMs: number, count: number): number {
  return nowMs + Math.min(debtMs(rate, fullAtMs, nowMs) + count * stepMs(rate), fillMs(rate))
}

/** The first whole millisecond at which `count` tokens (at most `burst`) are there: `nowMs` when they are there now. */
export function tokensAtMs(rate: Rate, fullAtMs: number, nowMs: number, count: number): number {
  const wantedMs = Math.min(count * stepMs(rate), fillMs(rate))
  const shortMs = debtMs(rate, fullAtMs, nowMs) + wantedMs - fillMs(rate) - slackMs
  return shortMs <= 0 ? nowMs : Math.ceil(nowMs + shortMs)
}

/** Whole milliseconds until it is full, if nobody takes from it. */
export function msUntilFull(rate: Rate, fullAtMs: number, nowMs: number): number {
  const debt = debtMs(rate, fullAtMs, nowMs)
  return debt <= slackMs ? 0 : Math.ceil(debt)
}

/** Several windows at once ("3 a second and 100 a minute"): `fullAtMs[i]` belongs to `rates[i]`; a missing one counts as full. */
export type Buckets = readonly number[]

/** How many tokens every window has now; Infinity without rates. */
export function tokensNowOfAll(rates: readonly Rate[], buckets: Buckets, nowMs: number): number {
  let tokens = Infinity
  for (let i = 0; i < rates.length; i++) tokens = Math.min(tokens, tokensNow(rates[i]!, buckets[i] ?? 0, nowMs))
  return tokens
}

/** The windows after `count` tokens were taken of each. */
export function takeTokensOfAll(rates: readonly Rate[], buckets: Buckets, nowMs: number, count: number): number[] {
  return rates.map((rate, i) => takeTokens(rate, buckets[i] ?? 0, nowMs, count))
}

/** When every window has `count` tokens; `nowMs` when they have them now. */
export function tokensAtMsOfAll(rates: readonly Rate[], buckets: Buckets, nowMs: number, count: number): number {
  let atMs = nowMs
  for (let i = 0; i < rates.length; i++) {
    atMs = Math.max(atMs, tokensAtMs(rates[i]!, buckets[i] ?? 0, nowMs, count))
  }
  return atMs
}
