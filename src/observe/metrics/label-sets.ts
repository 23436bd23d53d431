/** Values that come from outside, or from code that nobody counts: without a bound each new one is a series for ever. */
const openLabels: ReadonlySet<string> = new Set([
  ...['queue', 'name', 'origin', 'connection', 'facade', 'limit', 'schedule', 'target', 'verb'],
])

/** What stands for all that came after the table was full. */
export const other = 'other'

/** So many sets of open labels a metric has, besides `other`. */
export const setsMax = 200

const charactersMax = 200

/** The label sets of one metric, each with what is kept for it; past the bound all open labels are `other`. */
export class LabelSets<Kept> {
  readonly #labels: readonly string[]
  readonly #make: () => Kept
  readonly #max: number
  readonly #folded: () => void
  readonly #sets = new Map<string, { labels: Record<string, string>; kept: Kept }>()
  readonly #open = new Set<string>()

  constructor(labels: readonly string[], make: () => Kept, folded: () => void = () => {}, max = setsMax) {
    this.#labels = labels
    this.#make = make
    this.#folded = folded
    this.#max = max
  }

  /** Values in the order of the labels. */
  of(values: readonly string[]): Kept {
    const found = this.#sets.get(values.join('\0'))
    return found === undefined ? this.#add(values) : found.kept
  }

  [Symbol.iterator](): IterableIterator<{ labels: Record<string, string>; kept: Kept }> {
    return this.#sets.values()
  }

  #add(values: readonly string[]): Kept {
    const open = values.filter((_, at) => openLabels.has(this.#labels[at]!)).join('\0')
    if (!this.#open.has(open) && open !== '') {
      if (this.#open.size >= this.#max) {
        this.#folded()
        return this.#others(values)
      }
      this.#open.add(open)
    }
    return this.#keep(values)
  }

  #others(values: readonly string[]): Kept {
    const folded = values.map((value, at) => (openLabels.has(this.#labels[at]!) ? other : value))
    return this.#sets.get(folded.join('\0'))?.kept ?? this.#keep(folded)
  }

  #keep(values: readonly string[]): Kept {
    const labels = Object.fromEntries(this.#labels.map((label, at) => [label, values[at]!.slice(0, charactersMax)]))
    const kept = this.#make()
    this.#sets.set(values.join('\0'), { labels, kept })
    return kept
  }
}
