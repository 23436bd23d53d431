import type { LogLevel } from '../../contract/events.ts'

export type LogFloor = LogLevel | 'silent'

export const ranks: Record<LogFloor, number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** Below which level nothing is written: of everything, and of the jobs of single definitions. */
export class Levels {
  readonly #all: number
  readonly #byName: ReadonlyMap<string, number>
  /** Below it nothing at all is written. */
  readonly least: number

  constructor(all: LogFloor, byName: Readonly<Record<string, LogFloor>> = {}) {
    this.#all = ranks[all]
    this.#byName = new Map(Object.entries(byName).map(([name, level]) => [name, ranks[level]]))
    this.least = Math.min(this.#all, ...this.#byName.values())
  }

  /** Where a line that has to do with this definition begins. */
  floor(name: unknown): number {
    if (this.#byName.size === 0 || typeof name !== 'string') return this.#all
    return this.#byName.get(name) ?? this.#all
  }
}

/** `['mail=debug', 'import=warn']` as a table; a table as it is. */
export function levelsByName(given: readonly string[] | Readonly<Record<string, LogFloor>> | undefined) {
  if (!Array.isArray(given)) return (given ?? {}) as Readonly<Record<string, LogFloor>>
  const pairs = (given as readonly string[]).map((text) => text.split('=', 2))
  return Object.fromEntries(pairs) as Record<string, LogFloor>
}
