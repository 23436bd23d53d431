import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import { pack, type Stored, unpack } from './codec.ts'
import type { Connection } from './connection.ts'
import type { Unit } from './unit.ts'

type Row = [key: Stored, value: Stored, version: number]
const recordOf = ([key, value, version]: Row): LedgerRecord => ({ key: unpack(key), value: unpack(value), version })

/** Compare-and-set records. Versions come from the store's one counter, so that a deleted key never gets one again. */
export class SqliteLedger implements Ledger {
  readonly #connection: () => Connection

  constructor(connection: () => Connection) {
    this.#connection = connection
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    return this.#connection().read((sql) =>
      keys.map((key) => {
        const row = sql.get<Row>('select key, value, version from fw_ledger where key = ?', pack(key))
        return row && recordOf(row)
      }),
    )
  }

  async list(prefix: string, limit: number, after = ''): Promise<LedgerRecord[]> {
    return this.#connection().read((sql) =>
      sql
        .all<Row>(
          `select key, value, version from fw_ledger where key >= ?1 and key > ?2 and substr(key, 1, length(?1)) = ?1
           order by key limit ?3 + 0`,
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
      const isOld = ({ key, version }: LedgerWrite) => version !== undefined && versionOf(unit, key) !== version
      if (writes.some(isOld)) return undefined
      return writes.map((write) => writeOne(unit, write))
    })
  }
}

const versionOf = (unit: Unit, key: string): number =>
  unit.sql.get<[number]>('select version from fw_ledger where key = ?', pack(key))?.[0] ?? 0

function writeOne(unit: Unit, { key, value }: LedgerWrite): number {
  if (value === undefined) {
    unit.sql.run('delete from fw_ledger where key = ?', pack(key))
    return 0
  }
  const version = unit.next()
  unit.sql.run(
    `insert into fw_ledger (key, value, version) values (?, ?, ?) on conflict (key) do update
     set value = excluded.value, version = excluded.version`,
    pack(key),
    pack(value),
    version,
  )
  return version
}
