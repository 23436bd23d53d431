import type { Part, Unit } from './unit.ts'
import type { Row, Sql } from './sql.ts'
import { orNull } from './sql.ts'

/** Who holds a unique key. */
export interface Holder {
  n: number
  id: string
  untilMs: number | undefined
}

/** The unique keys that a transaction has looked at, as they stand in it. */
export class Keys {
  readonly #held = new Map<string, Holder>()
  /** Keys that have a row, whether anybody holds them or not. */
  readonly #rows = new Set<string>()

  holder(q: number, key: string, nowMs: number): Holder | undefined {
    const held = this.#held.get(`${q}.${key}`)
    return held === undefined || (held.untilMs !== undefined && held.untilMs <= nowMs) ? undefined : held
  }

  set(q: number, key: string, holder: Holder): void {
    this.#held.set(`${q}.${key}`, holder)
    this.#rows.add(`${q}.${key}`)
  }

  hasRow(q: number, key: string): boolean {
    return this.#rows.has(`${q}.${key}`)
  }

  /** By a job that ends; a key with a time of its own stays. */
  free(q: number, n: number): void {
    for (const [key, held] of this.#held) {
      if (held.n === n && held.untilMs === undefined && key.startsWith(`${q}.`)) this.#held.delete(key)
    }
  }
}

/** Ask for the holders of keys (as they are packed), also for one that somebody is taking in a transaction of his own now. */
export function askKeys(unit: Unit, q: number, keys: Iterable<string>): Part {
  const { t, text } = unit.sql
  const wanted = Array.from(new Set(keys), (key) => text(key))
  return {
    text: `select convert(ukey using utf8mb4) as held, n, convert(id using utf8mb4) as holder, until_at from ${t.ukey}
      where q = ${q} and ukey in (${wanted.join(',')}) for update`,
    take: (rows: Row[]) => {
      for (const [key, n, id, untilMs] of rows as [string, number, string, number | null][]) {
        unit.keys.set(q, key, { n, id, untilMs: untilMs ?? undefined })
      }
    },
  }
}

/** The key is this job's from now on. */
export function holdKey(unit: Unit, q: number, key: string, holder: Holder): void {
  if (unit.keys.hasRow(q, key)) unit.pending.dropKey(`q = ${q} and ukey = ${unit.sql.text(key)}`)
  unit.keys.set(q, key, holder)
  unit.pending.setKey(`${q}.${key}`, keyRow(unit.sql, q, key, holder))
}

export const keyRow = ({ text }: Sql, q: number, key: string, { n, id, untilMs }: Holder): string =>
  `(${q},${text(key)},${n},${text(id)},${orNull(untilMs)})`
