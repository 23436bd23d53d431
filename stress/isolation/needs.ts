import { jobOptionsTable } from '../../src/job/options.ts'
import * as product from '../../src/index.ts'

/** Those of these names that the package does not export. */
export function missing(names: readonly string[] = []): string[] {
  return names.filter((name) => !(name in product))
}

/** This build runs handlers in threads. */
export const hasThreads = 'lane' in jobOptionsTable

/** What the package exports under this name, if it does. */
export function exported<T>(name: string): T | undefined {
  return (product as unknown as Record<string, T>)[name]
}
