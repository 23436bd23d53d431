import type { MetricFamily } from '../../contract/metrics.ts'
import { Buckets } from './buckets.ts'
import { LabelSets } from './label-sets.ts'
import { familyOf, metricOf, type MetricName, type NameOf } from './table.ts'

/** One number of a counter or gauge. Whoever counts often keeps it. */
export interface Cell {
  value: number
}

/** Counters and gauges: one number a label set. */
class Numbers {
  readonly name: MetricName
  readonly #sets: LabelSets<Cell>

  constructor(name: MetricName, folded: () => void) {
    this.name = name
    this.#sets = new LabelSets(metricOf(name).labels, () => ({ value: 0 }), folded)
  }

  of(values: readonly string[]): Cell {
    return this.#sets.of(values)
  }

  /** Everything anew: what is not named is 0, and what shares a label set is added up. */
  setAll(entries: Iterable<readonly [values: readonly string[], value: number]>): void {
    for (const { kept } of this.#sets) kept.value = 0
    for (const [values, value] of entries) this.#sets.of(values).value += value
  }

  family(): MetricFamily {
    return familyOf(
      this.name,
      [...this.#sets].map(({ labels, kept }) => ({ labels: { ...labels }, value: kept.value })),
    )
  }
}

/** Durations: buckets for each label set. */
class Durations {
  readonly name: MetricName
  readonly #sets: LabelSets<Buckets>

  constructor(name: MetricName, folded: () => void) {
    this.name = name
    const { labels, buckets } = metricOf(name)
    this.#sets = new LabelSets(labels, () => new Buckets(buckets!), folded)
  }

  of(values: readonly string[]): Buckets {
    return this.#sets.of(values)
  }

  family(): MetricFamily {
    return familyOf(
      this.name,
      [...this.#sets].flatMap(({ labels, kept }) => kept.samples(this.name, labels)),
    )
  }
}

/** All that is counted by one worker. What is not in the table cannot be counted. */
export class Instruments {
  readonly #numbers = new Map<MetricName, Numbers>()
  readonly #durations = new Map<MetricName, Durations>()

  /** Add to a counter. Label values stand in the order of the table. */
  count(name: NameOf<'counter'>, values: readonly string[] = [], by = 1): void {
    this.#numbersOf(name).of(values).value += by
  }

  cell(name: NameOf<'counter'>, values: readonly string[]): Cell {
    return this.#numbersOf(name).of(values)
  }

  /** A gauge, or a counter as somebody else counts it. */
  set(name: NameOf<'counter' | 'gauge'>, value: number, ...values: string[]): void {
    this.#numbersOf(name).of(values).value = value
  }

  setAll(name: NameOf<'gauge'>, entries: Iterable<readonly [values: readonly string[], value: number]>): void {
    this.#numbersOf(name).setAll(entries)
  }

  /** What has no labels is 0 from now on, until it is counted. */
  begin(names: readonly MetricName[]): void {
    for (const name of names) {
      const { type, labels } = metricOf(name)
      if (labels.length > 0 || type === 'gauge') continue
      if (type === 'counter') this.#numbersOf(name).of([])
      else this.buckets(name as NameOf<'histogram'>)
    }
  }

  /** The buckets of a histogram, to record into; those who are asked often keep them. */
  buckets(name: NameOf<'histogram'>, values: readonly string[] = []): Buckets {
    let found = this.#durations.get(name)
    if (found === undefined) {
      this.#durations.set(name, (found = new Durations(name, () => this.#fold(name))))
    }
    return found.of(values)
  }

  families(): MetricFamily[] {
    return [...this.#numbers.values(), ...this.#durations.values()].map((family) => family.family())
  }

  #numbersOf(name: MetricName): Numbers {
    let found = this.#numbers.get(name)
    if (found === undefined) this.#numbers.set(name, (found = new Numbers(name, () => this.#fold(name))))
    return found
  }

  #fold(name: MetricName): void {
    this.count('fiber_work_series_folded_total', [name])
  }
}
