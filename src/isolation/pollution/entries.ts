import { type Change, noChanges, type Part } from './part.ts'

/** With more than this, only their number is compared: a look must stay short. */
const entriesMax = 1_000

/** A Map or a Set by what it holds; a value that is itself an object, by which object it is. */
export class Entries implements Part {
  readonly #name: string
  readonly #collection: Map<unknown, unknown> | Set<unknown>
  #known: Map<unknown, unknown> | number

  constructor(name: string, collection: Map<unknown, unknown> | Set<unknown>) {
    this.#name = name
    this.#collection = collection
    this.#known = contentOf(collection)
  }

  changes(): readonly Change[] {
    if (this.#isSame()) return noChanges
    const now = contentOf(this.#collection)
    return [
      {
        text: `what ${this.#name} holds was changed`,
        undo: () => this.#restore(),
        accept: () => (this.#known = now),
      },
    ]
  }

  #isSame(): boolean {
    const known = this.#known
    if (typeof known === 'number') return this.#collection.size === known
    if (this.#collection.size !== known.size) return false
    for (const [key, value] of this.#collection.entries()) {
      if (!known.has(key) || !Object.is(known.get(key), value)) return false
    }
    return true
  }

  #restore(): void {
    const collection = this.#collection
    if (typeof this.#known === 'number') return
    collection.clear()
    for (const [key, value] of this.#known) {
      if (collection instanceof Map) collection.set(key, value)
      else collection.add(key)
    }
  }
}

function contentOf(collection: Map<unknown, unknown> | Set<unknown>): Map<unknown, unknown> | number {
  return collection.size > entriesMax ? collection.size : new Map(collection.entries())
}
