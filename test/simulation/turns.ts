/** What floats may be off by. */
const slack = 1e-6

/** One group at the moment in which a job is taken. */
export interface Rival {
  group: string
  weight: number
}

interface Pair {
  taken: Map<string, number>
}

/**
 * Fair turns, seen from outside: of two groups that both could be given a job all the while, neither is further ahead of the
 * other, in jobs by weight, than one turn of each.
 */
export class TurnWatch {
  readonly #pairs = new Map<string, Pair>()
  /** The smallest weight that a group ever had: so far ahead it may still be from then. */
  readonly #lightest = new Map<string, number>()

  /** Answers what is wrong with giving one more to `group`, if anything is. `rivals`: who could be given one now, itself among them. */
  took(group: string, rivals: readonly Rival[]): string | undefined {
    for (const { group: name, weight } of rivals)
      this.#lightest.set(name, Math.min(weight, this.#lightest.get(name) ?? Infinity))
    const able = new Set(rivals.map((rival) => rival.group))
    // Who could not be given one, for a moment only, begins anew.
    for (const [key, { taken }] of this.#pairs)
      if ([...taken.keys()].some((name) => !able.has(name))) this.#pairs.delete(key)
    const mine = rivals.find((rival) => rival.group === group)
    if (mine === undefined) return undefined
    for (const rival of rivals) {
      const wrong = rival === mine ? undefined : this.#compare(mine, rival)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  /** Weights have changed. */
  reset(): void {
    this.#pairs.clear()
  }

  #compare(mine: Rival, other: Rival): string | undefined {
    const key = JSON.stringify([mine.group, other.group].toSorted())
    const { taken } = this.#pairs.get(key) ?? { taken: new Map([[other.group, 0]]) }
    this.#pairs.set(key, { taken })
    const [ours, theirs] = [(taken.get(mine.group) ?? 0) + 1, taken.get(other.group)!]
    taken.set(mine.group, ours)
    const aheadMost = 1 / mine.weight + 1 / this.#lightest.get(other.group)!
    if (ours / mine.weight - theirs / other.weight <= aheadMost + slack) return undefined
    return `${mine.group} (weight ${mine.weight}) was given ${ours} jobs while ${other.group} (weight ${other.weight}), which could have had some too, was given ${theirs}`
  }
}
