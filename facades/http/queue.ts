/** Something that waits in a line and may leave it before its turn. */
export interface Waiting {
  /** It gave up; the queue passes over it. */
  gone: boolean
}

/** First in, first out, at a constant cost each, however long. Who leaves early is only marked, and dropped in passing. */
export class Queue<T extends Waiting> {
  #items: (T | undefined)[] = []
  #head = 0
  #size = 0

  /** How many still wait. */
  get size(): number {
    return this.#size
  }

  push(item: T): void {
    this.#items.push(item)
    this.#size++
  }

  /** Mark one that waits here as gone. */
  leave(item: T): void {
    item.gone = true
    this.#size--
    // A queue that nobody serves any more must not keep those who left.
    if (this.#items.length - this.#head > 2 * this.#size + 64) this.#compact()
  }

  shift(): T | undefined {
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head]
      this.#items[this.#head++] = undefined
      if (this.#head > 1_024 && this.#head * 2 > this.#items.length) this.#compact()
      if (item === undefined || item.gone) continue
      this.#size--
      return item
    }
    return undefined
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head).filter((item) => item !== undefined && !item.gone)
    this.#head = 0
  }
}
