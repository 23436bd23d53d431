import type { StreamEvent } from '../../contract/fleet.ts'

export type Watcher = (events: StreamEvent[]) => void

/** Who watches. What they watch is begun for the first of them and ended with the last. */
export class Watchers {
  readonly #begin: () => () => void
  readonly #all = new Set<{ hear: Watcher }>()
  #end: (() => void) | undefined

  constructor(begin: () => () => void) {
    this.#begin = begin
  }

  get some(): boolean {
    return this.#all.size > 0
  }

  /** Answers the end of it. */
  add(hear: Watcher): () => void {
    const one = { hear }
    this.#all.add(one)
    this.#end ??= this.#begin()
    return () => {
      if (!this.#all.delete(one) || this.some) return
      this.#end?.()
      this.#end = undefined
    }
  }

  tell(events: StreamEvent[]): void {
    for (const { hear } of this.#all) hear(events)
  }
}
