import { FiberWorkError } from '../contract/errors.ts'
import type { OutboxState } from '../contract/outbox.ts'
import type { OpenTransaction } from '../contract/transaction.ts'
import type { Row } from './row.ts'

type Kind = OpenTransaction['dialect']
type Query = (sql: string, params?: readonly unknown[]) => Promise<Record<string, unknown>[]>

export const tableName = 'fiber_work_outbox'

/** Milliseconds since 1970 by the database's own clock, also within a long transaction. */
const now: Record<Kind, string> = {
  sqlite: "cast(unixepoch('subsec') * 1000 as integer)",
  postgres: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
  mysql: 'cast(unix_timestamp(sysdate(3)) * 1000 as signed)',
}

/** `claimed_until_ms` is in the past where nobody is handing the row on; `aside` is 1 for rows that nobody shall try again. */
const creations: Record<Kind, string[]> = {
  sqlite: [
    `create table if not exists ${tableName} (seq integer primary key autoincrement, target text not null, tx text not null, id text not null, job text not null, at_ms integer not null, claimed_by text, claimed_until_ms integer not null default 0, aside integer not null default 0, error text)`,
    `create index if not exists ${tableName}_next on ${tableName} (target, aside, seq)`,
  ],
  postgres: [
    `create table if not exists ${tableName} (seq bigserial primary key, target text not null, tx text not null, id text not null, job text not null, at_ms bigint not null, claimed_by text, claimed_until_ms bigint not null default 0, aside smallint not null default 0, error text)`,
    `create index if not exists ${tableName}_next on ${tableName} (target, aside, seq)`,
  ],
  mysql: [
    `create table if not exists ${tableName} (seq bigint auto_increment primary key, target varchar(255) not null, tx varchar(64) not null, id varchar(255) not null, job longtext not null, at_ms bigint not null, claimed_by varchar(64), claimed_until_ms bigint not null default 0, aside tinyint not null default 0, error text, key ${tableName}_next (target, aside, seq)) engine = innodb character set utf8mb4 collate utf8mb4_bin`,
  ],
}

/** The statements on the table, in the words of one kind of database. */
export class OutboxTable {
  readonly #kind: Kind
  readonly #target: string

  constructor(kind: Kind, target: string) {
    this.#kind = kind
    this.#target = target
  }

  /** Creates it where it is missing; who may not create needs only that it is there. */
  async prepare(query: Query): Promise<void> {
    const look = () => query(`select seq from ${tableName} where 1 = 0`)
    if (await look().then(isDone, isNot)) return
    let failed: unknown
    for (const creation of creations[this.#kind]) await query(creation).catch((error: unknown) => (failed = error))
    await look().catch((cause: unknown) => {
      const message = `The outbox table ${tableName} is missing, and could not be created: ${String(failed ?? cause)}`
      throw new FiberWorkError('FW_CONNECT_FAILED', message, { cause: failed ?? cause })
    })
  }

  async insert(query: Query, tx: string, jobs: readonly { id: string; text: string }[]): Promise<void> {
    const rows = jobs.map((_, n) => {
      const at = n * 4
      return `(${this.#at(at)}, ${this.#at(at + 1)}, ${this.#at(at + 2)}, ${this.#at(at + 3)}, ${now[this.#kind]})`
    })
    const values = jobs.flatMap(({ id, text }) => [this.#target, tx, id, text])
    await query(`insert into ${tableName} (target, tx, id, job, at_ms) values ${rows.join(', ')}`, values)
  }

  /** Whether a claim would find something. Takes no lock. */
  async any(query: Query): Promise<boolean> {
    return (await query(`select seq from ${tableName} where ${this.#open} limit 1`, [this.#target])).length > 0
  }

  /**
   * The oldest rows that nobody hands on now, from here on ours. Of each transaction only those before which there is none of it: another
   * relay may have those, and a later job must not come before them.
   */
  async claim(query: Query, claimant: string, limit: number, forMs: number): Promise<Row[]> {
    const lock = this.#kind === 'sqlite' ? '' : ' for update skip locked'
    const found = await query(
      `select seq, tx, id, job, ${now[this.#kind]} - at_ms as waited_ms from ${tableName} where ${this.#open} order by seq limit ${limit}${lock}`,
      [this.#target],
    )
    const last = found.at(-1)
    if (last === undefined) return []
    const mine = new Set(found.map(({ seq }) => String(seq)))
    const before = await query(
      `select seq, tx from ${tableName} where target = ${this.#at(0)} and aside = 0 and seq <= ${number(last['seq'])}`,
      [this.#target],
    )
    const blocked = new Set(before.filter(({ seq }) => !mine.has(String(seq))).map(({ tx }) => String(tx)))
    const rows = found.map(rowOf).filter(({ tx }) => !blocked.has(tx))
    if (rows.length > 0) await this.#hold(query, claimant, forMs, `seq in (${listOf(rows)})`)
    return rows
  }

  /** What is claimed stays claimed for longer. */
  async renew(query: Query, claimant: string, forMs: number): Promise<void> {
    await this.#hold(query, claimant, forMs, `claimed_by = ${this.#at(1)}`, [claimant])
  }

  /** They have arrived. */
  async remove(query: Query, rows: readonly Row[]): Promise<void> {
    if (rows.length > 0) await query(`delete from ${tableName} where seq in (${listOf(rows)})`)
  }

  async unclaim(query: Query, claimant: string): Promise<void> {
    await query(
      `update ${tableName} set claimed_by = null, claimed_until_ms = 0 where claimed_by = ${this.#at(0)} and aside = 0`,
      [claimant],
    )
  }

  /** Never tried again, until somebody sets `aside` to 0. */
  async setAside(query: Query, row: Row, why: string): Promise<void> {
    await query(
      `update ${tableName} set aside = 1, claimed_by = null, error = ${this.#at(0)} where seq in (${listOf([row])})`,
      [why],
    )
  }

  async state(query: Query): Promise<OutboxState> {
    const of = `from ${tableName} where target = ${this.#at(0)} and aside =`
    const counted = await query(
      `select aside, count(*) as n from ${tableName} where target = ${this.#at(0)} group by aside`,
      [this.#target],
    )
    const count = (aside: number) => Number(counted.find((row) => Number(row['aside']) === aside)?.['n'] ?? 0)
    const [oldest] = await query(`select ${now[this.#kind]} - at_ms as ms ${of} 0 order by seq limit 1`, [this.#target])
    return {
      target: this.#target,
      waiting: count(0),
      aside: count(1),
      ...(oldest !== undefined && { oldestMs: Math.max(0, Number(oldest['ms'])) }),
    }
  }

  get #open(): string {
    return `target = ${this.#at(0)} and aside = 0 and claimed_until_ms <= ${now[this.#kind]}`
  }

  async #hold(query: Query, claimant: string, forMs: number, which: string, more: unknown[] = []): Promise<void> {
    await query(
      `update ${tableName} set claimed_by = ${this.#at(0)}, claimed_until_ms = ${now[this.#kind]} + ${forMs} where aside = 0 and ${which}`,
      [claimant, ...more],
    )
  }

  /** The placeholder of a parameter. */
  #at(index: number): string {
    return this.#kind === 'postgres' ? `$${index + 1}` : '?'
  }
}

const isDone = () => true
const isNot = () => false

/** Numbers come as numbers, or as text where they may be too large for one. */
function number(value: unknown): string {
  const text = String(value)
  if (/^\d+$/.test(text)) return text
  throw new FiberWorkError('FW_STORE_CORRUPT', `A row of ${tableName} has the number ${JSON.stringify(value)}.`)
}

const listOf = (rows: readonly Row[]): string => rows.map(({ seq }) => number(seq)).join(', ')

const rowOf = (row: Record<string, unknown>): Row => ({
  seq: String(row['seq']),
  tx: String(row['tx']),
  id: String(row['id']),
  job: String(row['job']),
  waitedMs: Math.max(0, Number(row['waited_ms'])),
})
