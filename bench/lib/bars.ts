import type { Bar } from './case.ts'
import { medianOf, type Samples } from './stats.ts'

/** How a bar was met, or not. */
export interface Judged {
  bar: string
  met: boolean
  /** The median, or the ratio of the medians; NaN where it was not measured, which meets no bar. */
  measured: number
  /** Of single rounds. */
  min: number
  max: number
}

/** What may be lost to what a worker does beside the store's own statements. */
const ofCeiling = 0.9

export function judge(bar: Bar, samples: Samples): Judged {
  const ours = valuesOf(bar.contender, bar.metric, samples)
  const theirs = bar.against === undefined ? undefined : valuesOf(bar.against, bar.metric, samples)
  const measured = medianOf(ours) / (theirs === undefined ? 1 : medianOf(theirs))
  // Round by round: neighbours in time share the machine's mood.
  const rounds = theirs === undefined ? ours : ours.map((value, round) => value / theirs[round]!)
  const [min, max] = [Math.min(...rounds), Math.max(...rounds)]
  const ceiling = bar.ceiling === undefined ? NaN : medianOf(valuesOf(bar.ceiling, bar.metric, samples))
  const met =
    (measured >= (bar.atLeast ?? -Infinity) || medianOf(ours) >= ofCeiling * ceiling) &&
    measured <= (bar.atMost ?? Infinity) &&
    min >= (bar.everyRoundAtLeast ?? -Infinity)
  const ofIt = Number.isNaN(ceiling) ? '' : ` (it is ${(medianOf(ours) / ceiling).toFixed(2)} ×)`
  return { bar: `${told(bar)}${ofIt}`, met, measured, min, max }
}

function told({ contender, metric, against, atLeast, ceiling, atMost, everyRoundAtLeast }: Bar): string {
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
  const whom = against === undefined ? '' : ` × ${against}`
  const each = everyRoundAtLeast === undefined ? '' : `, in every round ≥ ${everyRoundAtLeast}`
  const or = ceiling === undefined ? '' : `, or ≥ ${ofCeiling} × ${ceiling}`
  return `${contender}: ${metric} ${bound}${whom}${each}${or}`
}

function valuesOf(name: string, metric: string, samples: Samples): number[] {
  const rounds = [...samples].find(([contender]) => contender.name === name)?.[1] ?? []
  return rounds.map((round) => round[metric] ?? Number.NaN)
}
