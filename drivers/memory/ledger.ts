import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import { Heap } from './heap.ts'
import type { HeapItem } from './heap.ts'

/** A record, and in the heap of those that end by themselves its place: by `heapKey`, the moment. */
interface Kept extends LedgerRecord, HeapItem {}

/** All records of a store. Each call first forgets those whose time is over: nobody ever sees one of them. */
export class Records {
  readonly #records = new Map<string, Kept>()
  readonly #terms = new Heap<Kept>()
  #version = 0

  read(keys: readonly string[], nowMs: number): (LedgerRecord | undefined)[] {
    this.#endTerms(nowMs)
    return keys.map((key) => {
      const kept = this.#records.get(key)
      return kept && copyOf(kept)
    })
  }

  list(prefix: string, limit: number, after: string | undefined, nowMs: number): LedgerRecord[] {
    this.#endTerms(nowMs)
    return [...this.#records.values()]
      .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, limit)
      .map(copyOf)
  }

  write(writes: readonly LedgerWrite[], nowMs: number): number[] | undefined {
    this.#endTerms(nowMs)
    const isOld = ({ key, version }: LedgerWrite) =>
      version !== undefined && (this.#records.get(key)?.version ?? 0) !== version
    if (writes.some(isOld)) return undefined
    return writes.map((write) => this.#writeOne(write, nowMs))
  }

  #writeOne({ key, value, forMs }: LedgerWrite, nowMs: number): number {
    this.#forget(key)
    if (value === undefined) return 0
    // One number for all keys: a record that is deleted and made anew never has a version that somebody still holds.
    const version = ++this.#version
    const kept: Kept = { key, value, version, heapAt: -1, heapKey: nowMs + (forMs ?? 0), heapTie: version }
    this.#records.set(key, kept)
    if (forMs !== undefined) this.#terms.add(kept)
    return version
  }

  #forget(key: string): void {
    const kept = this.#records.get(key)
    if (kept === undefined) return
    this.#records.delete(key)
    if (kept.heapAt >= 0) this.#terms.remove(kept)
  }

  #endTerms(nowMs: number): void {
    for (let first = this.#terms.first(); first !== undefined && first.heapKey <= nowMs; first = this.#terms.first()) {
      this.#forget(first.key)
    }
  }
}

const copyOf = ({ key, value, version }: LedgerRecord): LedgerRecord => ({ key, value, version })

/** The facet, over whatever opens the store for a call. */
export function memoryLedger(use: <T>(act: (store: { ledger: Records; now(): number }) => T) => Promise<T>): Ledger {
  return {
    read: (keys) => use((store) => store.ledger.read(keys, store.now())),
    list: (prefix, limit, after) => use((store) => store.ledger.list(prefix, limit, after, store.now())),
    write: (writes) => use((store) => store.ledger.write(writes, store.now())),
  }
}
