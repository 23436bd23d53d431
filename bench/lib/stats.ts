import type { Case, Contender, Metric } from './case.ts'

/** One line of the answer. `ratio` is this contender's median over the baseline's; NaN where that was not measured. */
export interface Row {
  case: string
  contender: string
  metric: string
  unit: string
  median: number
  min: number
  max: number
  rounds: number
  ratio: number
}

export type Samples = Map<Contender, Record<string, number>[]>

export function rowsOf(asked: Case, samples: Samples): Row[] {
  const baseline = [...samples].find(([contender]) => contender.name === asked.baseline)?.[1] ?? []
  return [...samples].flatMap(([contender, rounds]) =>
    asked.metrics
      .filter((metric) => rounds.some((round) => metric.name in round))
      .map((metric) => rowOf(asked, contender, metric, rounds, baseline)),
  )
}

function rowOf(
  asked: Case,
  contender: Contender,
  metric: Metric,
  rounds: Record<string, number>[],
  baseline: Record<string, number>[],
): Row {
  const values = valuesOf(rounds, metric)
  return {
    case: asked.name,
    contender: contender.name,
    metric: metric.name,
    unit: metric.unit,
    median: medianOf(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values.length,
    ratio: medianOf(values) / medianOf(valuesOf(baseline, metric)),
  }
}

function valuesOf(rounds: Record<string, number>[], metric: Metric): number[] {
  return rounds.map((round) => round[metric.name]).filter((value) => value !== undefined)
}

export function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
