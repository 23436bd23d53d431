import type { EventWish, StreamEvent } from '../../contract/fleet.ts'
import { isSameWish, unionOf } from './wish.ts'

export type Watcher = (events: StreamEvent[]) => void

/** Who watches, and what all of them together want to be told of. */
export class Watchers {
  readonly #want: (wish: EventWish | undefined) => void
  readonly #all = new Set<{ hear: Watcher; wish: EventWish }>()
  #wish: EventWish | undefined

  /** `want` is told what is wanted whenever that changes; undefined when nobody watches any more. */
  constructor(want: (wish: EventWish | undefined) => void) {
    this.#want = want
  }

  /** Undefined: nobody watches. */
  get wish(): EventWish | undefined {
    return this.#wish
  }

  /** It may hear more than it wishes. Answers the end of it. */
  add(hear: Watcher, wish: EventWish): () => void {
    const one = { hear, wish }
    this.#all.add(one)
    this.#tellWish()
    return () => {
      if (this.#all.delete(one)) this.#tellWish()
    }
  }

  tell(events: StreamEvent[]): void {
    for (const { hear } of this.#all) hear(events)
  }

  #tellWish(): void {
    const wish = this.#all.size === 0 ? undefined : unionOf([...this.#all].map((one) => one.wish))
    if (isSameWish(wish, this.#wish)) return
    this.#wish = wish
    this.#want(wish)
  }
}
