/** One measurement: `y` after `x` jobs. */
export interface Point {
  x: number
  y: number
}

/** Growth a job, and between what it lies with a probability of 95 %. */
export interface Slope {
  slope: number
  low: number
  high: number
}

/** Student's t at 97.5 %, by degrees of freedom; beyond the table as good as normal. */
const t975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]
const z95 = 1.96

/** Least squares: for measurements that were taken with care, all alike (after a forced collection). At least three of them. */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n
  const sxx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  const sxy = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const slope = sxy / sxx
  const squares = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0)
  const error = Math.sqrt(squares / (n - 2) / sxx)
  const reach = (t975[n - 3] ?? z95) * error
  return { slope, low: slope - reach, high: slope + reach }
}

/**
 * The median of the slopes between any two measurements (Theil and Sen), and its interval: for measurements of which some are far
 * off. `z` says how sure the interval is to be, 95 % by default.
 */
export function robustSlopeOf(points: readonly Point[], z = z95): Slope {
  const slopes = points.flatMap((to, at) =>
    points.slice(0, at).flatMap((from) => (to.x === from.x ? [] : [(to.y - from.y) / (to.x - from.x)])),
  )
  slopes.sort((a, b) => a - b)
  const n = points.length
  // Of Kendall's S, whose spread tells how many of the slopes lie outside.
  const spread = z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  const place = (at: number) => slopes[Math.min(Math.max(Math.round(at), 0), slopes.length - 1)] ?? 0
  const middle = (slopes.length - 1) / 2
  return { slope: place(middle), low: place(middle - spread / 2), high: place(middle + spread / 2) }
}
