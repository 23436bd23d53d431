import { type Point, robustSlopeOf, type Slope } from './slope.ts'

/** Windows that a judgement needs, and that it looks back at most. */
const windowsMin = 20
export const windowsMax = 40
/** How sure one must be that it grows at all: 99 %. */
const z99 = 2.576
/** A cache that fills grows ever more slowly: the newer half must grow by this part of the older one's slope. */
const steadyMin = 0.7

/** What must have come together before it is worth a word. */
export interface Threshold {
  /** Growth over all windows, in the unit of the series. */
  least: number
  /** The same as a part of what was there at their beginning. */
  share: number
}

/** The slope of what has grown steadily, beyond doubt, and by enough; undefined of what fills up, swings, or is hardly there. */
export function growthOf(points: readonly Point[], { least, share }: Threshold): Slope | undefined {
  if (points.length < windowsMin) return undefined
  const [first, last] = [points[0]!, points.at(-1)!]
  const found = robustSlopeOf(points, z99)
  if (found.low <= 0) return undefined
  const grown = found.slope * (last.x - first.x)
  if (grown < least || grown < share * first.y) return undefined
  const middle = points.length >> 1
  const [older, newer] = [robustSlopeOf(points.slice(0, middle)), robustSlopeOf(points.slice(middle))]
  return newer.slope >= steadyMin * Math.max(older.slope, found.slope) ? robustSlopeOf(points) : undefined
}
