import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import type { MemoryStore } from './store.ts'

function list({ ledger }: MemoryStore, prefix: string, limit: number, after: string | undefined): LedgerRecord[] {
  return [...ledger.values()]
    .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, limit)
    .map((record) => ({ ...record }))
}

function write(store: MemoryStore, writes: readonly LedgerWrite[]): number[] | undefined {
  const { ledger } = store
  const isOld = ({ key, version }: LedgerWrite) => version !== undefined && (ledger.get(key)?.version ?? 0) !== version
  if (writes.some(isOld)) return undefined
  return writes.map(({ key, value }) => {
    if (value === undefined) {
      ledger.delete(key)
      return 0
    }
    // One number for all keys: a record that is deleted and made anew never has a version that somebody still holds.
    const version = ++store.ledgerVersion
    ledger.set(key, { key, value, version })
    return version
  })
}

/** The facet, over whatever opens the store for a call. */
export function memoryLedger(use: <T>(act: (store: MemoryStore) => T) => Promise<T>): Ledger {
  const copy = (record: LedgerRecord | undefined) => record && { ...record }
  return {
    read: (keys) => use(({ ledger }) => keys.map((key) => copy(ledger.get(key)))),
    list: (prefix, limit, after) => use((store) => list(store, prefix, limit, after)),
    write: (writes) => use((store) => write(store, writes)),
  }
}
