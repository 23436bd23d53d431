import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import { pack, type Stored, unpack } from './codec.ts'
import type { Connection } from './connection.ts'
import type { Sql } from './sql.ts'
import type { Unit } from './unit.ts'

type Row = [key: Stored, value: Stored, version: number]
const recordOf = ([key, value, version]: Row): LedgerRecord => ({ key: unpack(key), value: unpack(value), version })

const select = 'select key, value, version from fw_ledger as ledger'
/** A term ends the version that it names, and no other. */
const lives = `not exists (select 1 from fw_term t where t.key = ledger.key and t.version = ledger.version
  and t.until <= cast(round(unixepoch('subsec') * 1000) as int))`

/** Compare-and-set records. Versions come from the store's one counter, so that a deleted key never gets one again. */
export class SqliteLedger implements Ledger {
  readonly #connection: () => Connection

  constructor(connection: () => Connection) {
    this.#connection = connection
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    return this.#connection().read((sql) => keys.map((key) => readOne(sql, key)))
  }

  async list(prefix: string, limit: number, after = ''): Promise<LedgerRecord[]> {
    return this.#connection().read((sql) =>
      sql
        .all<Row>(
          `${select} where key >= ?1 and key > ?2 and substr(key, 1, length(?1)) = ?1 and ${lives} order by key limit ?3 + 0`,
          pack(prefix),
          pack(after),
          limit,
        )
        .map(recordOf),
    )
  }

  async write(writes: LedgerWrite[]): Promise<number[] | undefined> {
    return this.#connection().write((unit) => {
      // All are compared before any is written; one key twice in a call is compared with what stood before it.
      const isOld = ({ key, version }: LedgerWrite) =>
        version !== undefined && (readOne(unit.sql, key)?.version ?? 0) !== version
      if (writes.some(isOld)) return undefined
      return writes.map((write) => writeOne(unit, write))
    })
  }
}

/** Removes records whose time is over, oldest first, at most `most`. */
export function endTerms(sql: Sql, nowMs: number, most: number): void {
  const over = sql.all<[Stored, number]>(
    `select key, version from fw_term where until <= ? order by until limit ${most}`,
    nowMs,
  )
  for (const [key, version] of over) {
    sql.run('delete from fw_ledger where key = ? and version = ?', key, version)
    sql.run('delete from fw_term where key = ?', key)
  }
}

function readOne(sql: Sql, key: string): LedgerRecord | undefined {
  const row = sql.get<Row>(`${select} where key = ? and ${lives}`, pack(key))
  return row && recordOf(row)
}

function writeOne(unit: Unit, { key, value, forMs }: LedgerWrite): number {
  const { sql, nowMs } = unit
  const stored = pack(key)
  sql.run('delete from fw_term where key = ?', stored)
  if (value === undefined) {
    sql.run('delete from fw_ledger where key = ?', stored)
    return 0
  }
  const version = unit.next()
  sql.run(
    `insert into fw_ledger (key, value, version) values (?, ?, ?) on conflict (key) do update
     set value = excluded.value, version = excluded.version`,
    stored,
    pack(value),
    version,
  )
  if (forMs !== undefined) {
    sql.run('insert into fw_term (key, version, until) values (?, ?, ?)', stored, version, nowMs + forMs)
  }
  return version
}
