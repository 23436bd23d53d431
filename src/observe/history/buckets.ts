import type { Spread } from '../../contract/history.ts'

/** The first bucket ends here, and each of the others a quarter of an octave later: the last one after more than ten days. */
const firstMs = 0.25
const perOctave = 4
export const bucketCount = 128

/** A histogram of durations: how many fell into each bucket. */
export type Buckets = number[]

export const emptyBuckets = (): Buckets => Array.from({ length: bucketCount }, () => 0)

export function bucketOf(ms: number): number {
  if (!(ms > firstMs)) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log2(ms / firstMs) * perOctave))
}

/** What a duration in this bucket is taken for: its geometric middle, at most 9 % from either end. */
const middleOf = (bucket: number): number => firstMs * 2 ** ((bucket - 0.5) / perOctave)

/** Undefined when nothing was measured. */
export function spreadOf(buckets: Buckets, sumMs: number): Spread | undefined {
  const count = buckets.reduce((sum, of) => sum + of, 0)
  if (count === 0) return undefined
  const at = (part: number): number => {
    let left = Math.max(1, Math.ceil(count * part))
    const bucket = buckets.findIndex((of) => (left -= of) <= 0)
    return Number(middleOf(bucket).toPrecision(3))
  }
  return { count, mean: Number((sumMs / count).toPrecision(4)), p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** As it is stored: the step to the next bucket that holds something, how many, and so on. */
export function packBuckets(buckets: Buckets): number[] {
  const packed: number[] = []
  let last = 0
  for (let at = 0; at < bucketCount; at++) {
    if (buckets[at]! === 0) continue
    packed.push(at - last, buckets[at]!)
    last = at
  }
  return packed
}

/** Adds what was stored to what is there; buckets that do not exist are left out. */
export function unpackInto(buckets: Buckets, packed: readonly number[]): void {
  let at = 0
  for (let i = 0; i + 1 < packed.length; i += 2) {
    at += packed[i]!
    if (at >= 0 && at < bucketCount) buckets[at]! += packed[i + 1]!
  }
}
