/** How many lines of a kind pass in a period. */
const linesMax = 5
/** More kinds than this at a time share one count: names may come from outside. */
const kindsMax = 1_000
/** Of what does not end, counts come less and less often: up to this many windows apart. */
const windowsMax = 360

interface Count {
  passed: number
  held: number
  /** The length of its period, and what is left of it, in windows. */
  windows: number
  left: number
}

/** What was held back of a kind, in so many windows. */
export interface Held {
  kind: string
  held: number
  windows: number
}

/**
 * Lets the first few of a kind through in each period, and counts the rest. A period is one window; as long as there is something to tell
 * in each of them, the next one is twice as long: ten thousand failures are two hundred lines at most, whether they come in a second or
 * spread over a day.
 */
export class Quota {
  readonly #counts = new Map<string, Count>()

  /** Answers whether this line may be written. */
  admits(kind: string): boolean {
    let count = this.#counts.get(kind)
    if (count === undefined) {
      const key = this.#counts.size < kindsMax ? kind : 'others'
      count = this.#counts.get(key) ?? { passed: 0, held: 0, windows: 1, left: 1 }
      this.#counts.set(key, count)
    }
    if (count.passed >= linesMax) {
      count.held += 1
      return false
    }
    count.passed += 1
    return true
  }

  /** A window ends: what was held back in the periods that end with it. */
  turn(): Held[] {
    const held: Held[] = []
    for (const [kind, count] of this.#counts) {
      if (--count.left > 0) continue
      if (count.passed === 0) {
        this.#counts.delete(kind)
        continue
      }
      if (count.held > 0) held.push({ kind, held: count.held, windows: count.windows })
      count.windows = count.left = Math.min(windowsMax, 2 * count.windows)
      count.passed = count.held = 0
    }
    return held
  }

  /** Nothing more will come: what is held back still. */
  end(): Held[] {
    const held = [...this.#counts]
      .filter(([, count]) => count.held > 0)
      .map(([kind, count]) => ({ kind, held: count.held, windows: count.windows - count.left + 1 }))
    this.#counts.clear()
    return held
  }
}
