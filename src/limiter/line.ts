/** Somebody who waits for a turn, and may stop waiting at any moment. */
export class Patience {
  /** Why it waits no more. */
  lost: { error: unknown } | undefined = undefined
  /** Set by whoever it waits at. */
  onLost: (() => void) | undefined = undefined

  lose(error: unknown): void {
    if (this.lost !== undefined) return
    this.lost = { error }
    this.onLost?.()
  }
}

interface Turn {
  resolve: () => void
  reject: (error: unknown) => void
}

/** Who waits at one gate, first come, first served. */
export class Line {
  readonly #turns = new Set<Turn>()

  get size(): number {
    return this.#turns.size
  }

  /** Resolves when `serve` gets to it; rejects at once when its patience is lost. */
  wait(patience: Patience): Promise<void> {
    return new Promise((resolve, reject) => {
      if (patience.lost !== undefined) return reject(patience.lost.error)
      const turn: Turn = { resolve, reject }
      this.#turns.add(turn)
      patience.onLost = () => {
        if (this.#turns.delete(turn)) reject(patience.lost?.error)
      }
    })
  }

  /** Give `count` turns; answers how many nobody wanted. */
  serve(count: number): number {
    let left = count
    for (const turn of this.#turns) {
      if (left === 0) break
      this.#turns.delete(turn)
      turn.resolve()
      left--
    }
    return left
  }

  fail(error: unknown): void {
    const turns = [...this.#turns]
    this.#turns.clear()
    for (const { reject } of turns) reject(error)
  }
}
