import { createRequire } from 'node:module'
import type { LRUCache } from 'lru-cache'

let loaded: typeof import('lru-cache') | undefined

/** So many at most, the latest used ones. The package is loaded with the first of them: who only imports us loads none. */
export function lru<Value extends object>(max: number): LRUCache<string, Value> {
  loaded ??= createRequire(import.meta.url)('lru-cache') as typeof import('lru-cache')
  return new loaded.LRUCache<string, Value>({ max })
}
