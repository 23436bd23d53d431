/** What a line may give in one reserve. */
export interface Stand {
  turn: number
  /** Its share against the others. */
  weight: number
  /** At most this many. */
  available: number
}

/**
 * Whose turn is it, `count` times: always that of the line with the lowest virtual time, and each job moves its line on by
 * 1 / weight. Answers the lines (indices of `stands`) in the order of their turns, and moves `turn` and `available`.
 */
export function takeTurns(stands: readonly Stand[], count: number): number[] {
  const heap = stands.map((_, i) => i).filter((i) => stands[i]!.available > 0)
  const before = (a: number, b: number): boolean => {
    const [x, y] = [stands[a]!.turn, stands[b]!.turn]
    return x < y || (x === y && a < b)
  }
  const sink = (from: number): void => {
    for (let at = from; ;) {
      const left = 2 * at + 1
      if (left >= heap.length) return
      const child = left + 1 < heap.length && before(heap[left + 1]!, heap[left]!) ? left + 1 : left
      if (!before(heap[child]!, heap[at]!)) return
      ;[heap[at], heap[child]] = [heap[child]!, heap[at]!]
      at = child
    }
  }
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(at)
  const order: number[] = []
  while (order.length < count && heap.length > 0) {
    const next = heap[0]!
    const stand = stands[next]!
    order.push(next)
    stand.turn += 1 / stand.weight
    stand.available--
    if (stand.available === 0) {
      const last = heap.pop()!
      if (heap.length > 0) heap[0] = last
    }
    sink(0)
  }
  return order
}
