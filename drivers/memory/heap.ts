/**
 * What a heap can hold. An item is in at most one heap at a time; `heapAt` is its place there, −1 when it is in none.
 */
export interface HeapItem {
  heapAt: number
  /** Smallest first. */
  heapKey: number
  /** Among equal keys, smallest first. */
  heapTie: number
}

/** A binary heap that knows where each item is, so that any of them can leave or move in O(log n). */
export class Heap<T extends HeapItem> {
  #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The smallest, which stays. */
  first(): T | undefined {
    return this.#items[0]
  }

  /** All of them, in no order. Do not change the heap meanwhile. */
  items(): readonly T[] {
    return this.#items
  }

  add(item: T): void {
    item.heapAt = this.#items.length
    this.#items.push(item)
    this.#up(item)
  }

  /** After the key or tie of an item in the heap has grown. */
  grown(item: T): void {
    this.#down(item)
  }

  remove(item: T): void {
    const at = item.heapAt
    const last = this.#items.pop()!
    item.heapAt = -1
    if (last === item) return
    last.heapAt = at
    this.#items[at] = last
    this.#up(last)
    this.#down(last)
  }

  #up(item: T): void {
    const items = this.#items
    let at = item.heapAt
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above]!
      if (!before(item, parent)) break
      items[at] = parent
      parent.heapAt = at
      at = above
    }
    items[at] = item
    item.heapAt = at
  }

  #down(item: T): void {
    const items = this.#items
    const size = items.length
    let at = item.heapAt
    for (;;) {
      let below = 2 * at + 1
      if (below >= size) break
      if (below + 1 < size && before(items[below + 1]!, items[below]!)) below++
      const child = items[below]!
      if (!before(child, item)) break
      items[at] = child
      child.heapAt = at
      at = below
    }
    items[at] = item
    item.heapAt = at
  }
}

function before(a: HeapItem, b: HeapItem): boolean {
  return a.heapKey < b.heapKey || (a.heapKey === b.heapKey && a.heapTie < b.heapTie)
}
