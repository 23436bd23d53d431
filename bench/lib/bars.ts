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

export function judge(bar: Bar, samples: Samples): Judged {
  const ours = valuesOf(bar.contender, bar.metric, samples)
  const theirs = bar.against === undefined ? undefined : valuesOf(bar.against, bar.metric, samples)
  const measured = medianOf(ours) / (theirs === undefined ? 1 : medianOf(theirs))
  // Round by round: neighbours in time share the machine's mood.
  const rounds = theirs === undefined ? ours : ours.map((value, round) => value / theirs[round]!)
  const [min, max] = [Math.min(...rounds), Math.max(...rounds)]
  const met =
    measured >= (bar.atLeast ?? -Infinity) &&
    measured <= (bar.atMost ?? Infinity) &&
    min >= (bar.everyRoundAtLeast ?? -Infinity)
  return { bar: told(bar), met, measured, min, max }
}

function told({ contender, metric, against, atLeast, atMost, everyRoundAtLeast }: Bar): string {
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
  const whom = against === undefined ? '' : ` × ${against}`
  const each = everyRoundAtLeast === undefined ? '' : `, in every round ≥ ${everyRoundAtLeast}`
  return `${contender}: ${metric} ${bound}${whom}${each}`
}

function valuesOf(name: string, metric: string, samples: Samples): number[] {
  const rounds = [...samples].find(([contender]) => contender.name === name)?.[1] ?? []
  return rounds.map((round) => round[metric] ?? Number.NaN)
}
