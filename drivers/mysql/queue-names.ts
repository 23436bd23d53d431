import { packName, unpack } from './codec.ts'
import { asText, quoted, type Sql } from './sql.ts'
import type { Tables } from './tables.ts'

/** The numbers of queues by name. A queue that was ever used keeps its row, and its number. */
export class QueueNames {
  readonly #t: Tables
  readonly #known = new Map<string, number>()

  constructor(t: Tables) {
    this.#t = t
  }

  /** Those that exist. */
  async find(sql: Pick<Sql, 'run'>, names: Iterable<string>): Promise<void> {
    const unknown = this.#unknown(names)
    if (unknown.length === 0) return
    const list = unknown.map((name) => quoted(packName(name))).join(',')
    const [rows] = await sql.run([`select q, ${asText('name')} as qname from ${this.#t.queue} where name in (${list})`])
    for (const [q, name] of rows as [number, string][]) this.#known.set(unpack(name), q)
  }

  /** All of them; they come into being. Outside of a transaction: whoever waits for a queue must not wait for its birth. */
  async make(sql: Pick<Sql, 'run'>, names: Iterable<string>): Promise<void> {
    await this.find(sql, names)
    const unknown = this.#unknown(names)
    if (unknown.length === 0) return
    const rows = unknown.map((name) => `(${quoted(packName(name))})`).join(',')
    await sql.run([`insert ignore into ${this.#t.queue} (name) values ${rows}`])
    await this.find(sql, unknown)
  }

  of(name: string): number | undefined {
    return this.#known.get(name)
  }

  /** The tables are not those that we knew. */
  forget(): void {
    this.#known.clear()
  }

  #unknown(names: Iterable<string>): string[] {
    return [...new Set(names)].filter((name) => !this.#known.has(name))
  }
}
