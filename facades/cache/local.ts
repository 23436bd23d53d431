import { LRUCache } from 'lru-cache'
import type { Entry, TagVersions } from './entry.ts'
import type { Settings } from './options.ts'

interface Kept {
  entry: Entry
  /** This process may answer by itself until then. */
  untilMs: number
}

/** What an entry takes besides its texts, about. */
const overheadBytes = 200

/** The level of this process: what was used last, bounded by count and memory. */
export class Local {
  readonly #kept: LRUCache<string, Kept>
  readonly #tags: LRUCache<string, string>
  readonly #localMsMax: number
  #invalidations = 0

  constructor({ entriesMax, bytesMax, localMsMax, redis }: Settings) {
    this.#localMsMax = redis === undefined ? Infinity : localMsMax
    this.#kept = new LRUCache({
      max: entriesMax,
      maxSize: bytesMax,
      sizeCalculation: ({ entry }, key) => 2 * (entry.text.length + key.length) + overheadBytes,
    })
    this.#tags = new LRUCache({ max: entriesMax })
  }

  get(key: string, nowMs: number): Entry | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    if (nowMs < kept.untilMs && this.isValid(kept.entry, nowMs)) return kept.entry
    this.#kept.delete(key)
    return undefined
  }

  /** Within its time, and none of its tags was invalidated here. A tag that was forgotten counts as invalidated. */
  isValid({ goodUntilMs, tags }: Entry, nowMs: number): boolean {
    if (nowMs >= goodUntilMs) return false
    return tags === undefined || Object.entries(tags).every(([tag, version]) => this.#tags.get(tag) === version)
  }

  set(key: string, entry: Entry, nowMs: number): void {
    if (this.#localMsMax > 0) this.#kept.set(key, { entry, untilMs: nowMs + this.#localMsMax })
  }

  delete(key: string): boolean {
    return this.#kept.delete(key)
  }

  /** From now on these are the only valid versions. */
  invalidate(versions: TagVersions): void {
    this.#invalidations++
    this.#remember(versions)
  }

  /** What Redis was asked for, unless something was invalidated here meanwhile: that is newer. */
  async learning<T>(ask: () => Promise<T>, found: (answer: T) => TagVersions | undefined): Promise<T> {
    const before = this.#invalidations
    const answer = await ask()
    const versions = found(answer)
    if (versions !== undefined && this.#invalidations === before) this.#remember(versions)
    return answer
  }

  /** What the tag is at here; one that nobody knows begins. */
  begin(tag: string, version: () => string): string {
    const known = this.#tags.get(tag) ?? version()
    this.#tags.set(tag, known)
    return known
  }

  #remember(versions: TagVersions): void {
    for (const [tag, version] of Object.entries(versions)) this.#tags.set(tag, version)
  }
}
