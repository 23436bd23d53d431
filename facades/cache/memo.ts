import type { Entry } from './entry.ts'

const entriesMax = 256

/** The level of one job: what it has seen it sees again, whatever others do meanwhile. */
export class Memo {
  readonly #entries = new Map<string, Entry>()

  get(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && nowMs < entry.freshUntilMs ? entry : undefined
  }

  set(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > entriesMax) this.#entries.delete(this.#entries.keys().next().value!)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  /** Of those with one of these tags. */
  forget(tags: ReadonlySet<string>): void {
    for (const [key, entry] of this.#entries) {
      if (Object.keys(entry.tags ?? {}).some((tag) => tags.has(tag))) this.#entries.delete(key)
    }
  }
}
