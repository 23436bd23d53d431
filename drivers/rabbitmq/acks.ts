/** What to tell the broker: everything up to a delivery tag, and some beyond it one by one. */
export interface Acks {
  upTo?: number
  singles: number[]
}

/**
 * The deliveries of one channel that are not acknowledged. One acknowledgement may stand for all up to a delivery tag, where none of
 * them is still open; the broker wants that tag to be one that it waits for.
 */
export class AckWindow {
  /** Everything below is acknowledged. */
  #base = 1
  /** Acknowledged, above the base. */
  readonly #closed = new Set<number>()

  close(tags: readonly number[]): Acks {
    const closed = this.#closed
    for (const tag of tags) closed.add(tag)
    while (closed.delete(this.#base)) this.#base++
    const acks: Acks = { singles: [] }
    for (const tag of tags) {
      if (tag >= this.#base) acks.singles.push(tag)
      else if (acks.upTo === undefined || tag > acks.upTo) acks.upTo = tag
    }
    return acks
  }
}
