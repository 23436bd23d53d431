/** How many lines of a kind pass in a window. */
const linesMax = 5
/** More kinds than this in a window share one count: names may come from outside. */
const kindsMax = 1_000

interface Count {
  passed: number
  held: number
}

/** Lets the first few of a kind through in each window, and counts the rest. */
export class Quota {
  #counts = new Map<string, Count>()

  /** Answers whether this line may be written. */
  admits(kind: string): boolean {
    let count = this.#counts.get(kind)
    if (count === undefined) {
      const key = this.#counts.size < kindsMax ? kind : 'others'
      count = this.#counts.get(key) ?? { passed: 0, held: 0 }
      this.#counts.set(key, count)
    }
    if (count.passed >= linesMax) {
      count.held += 1
      return false
    }
    count.passed += 1
    return true
  }

  /** The window ends: what was held back in it, by kind. */
  turn(): [kind: string, held: number][] {
    const held = [...this.#counts]
      .filter(([, count]) => count.held > 0)
      .map(([kind, count]): [string, number] => [kind, count.held])
    this.#counts = new Map()
    return held
  }
}
