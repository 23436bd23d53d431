/** Who waits for jobs of one store in this process, whichever driver he has: what one of them writes, the others hear of at once. */
export class Bell {
  #rings = 0
  readonly #wakes = new Set<() => void>()

  /** Take it before asking the store: a ring since then is not missed. */
  mark(): number {
    return this.#rings
  }

  ring(): void {
    this.#rings++
    for (const wake of this.#wakes) wake()
  }

  /** Calls `wake` at the next ring; answers what ends that. */
  hear(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => this.#wakes.delete(wake)
  }
}

/** By place and prefix. Each is a few bytes, and a process has few stores. */
const bells = new Map<string, Bell>()

export function bellOf(store: string): Bell {
  const bell = bells.get(store) ?? new Bell()
  bells.set(store, bell)
  return bell
}
