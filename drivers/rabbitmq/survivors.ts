const idsMax = 20_000

/**
 * Jobs that went back to the broker while this process lived: a channel or a connection was lost, and nobody died. The broker marks them as
 * redelivered all the same; those that come back to us are no suspects.
 */
export class Survivors {
  readonly #ids = new Set<string>()

  add(id: string): void {
    if (this.#ids.size < idsMax) this.#ids.add(id)
  }

  /** It has come back. */
  take(id: string): boolean {
    return this.#ids.delete(id)
  }
}
