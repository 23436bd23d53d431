import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import { pack, packName, unpack } from './codec.ts'
import type { Link } from './link.ts'
import { asText, clock, orNull, quoted, type Row } from './sql.ts'
import type { Unit } from './unit.ts'

const columns = `${asText('lkey')} as found, value, version`
const lives = `(until_at is null or until_at > ${clock})`

const recordOf = ([key, value, version]: Row): LedgerRecord => ({
  key: unpack(key as string),
  value: unpack(value as string),
  version: version as number,
})

/** Compare-and-set records. Versions come from one counter, so that a deleted key never gets one again. */
export class MysqlLedger implements Ledger {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    const link = this.#link()
    if (keys.length === 0) return []
    const list = keys.map((key) => quoted(packName(key))).join(',')
    const [rows = []] = await link.run('ledger', [
      `select ${columns} from ${link.t.ledger} where lkey in (${list}) and ${lives}`,
    ])
    const found = new Map(rows.map(recordOf).map((record) => [record.key, record]))
    return keys.map((key) => {
      const record = found.get(key)
      return record && { ...record }
    })
  }

  /** In the order of the bytes of their keys. */
  async list(prefix: string, limit: number, after?: string): Promise<LedgerRecord[]> {
    const link = this.#link()
    const start = quoted(packName(prefix))
    const beyond = after === undefined ? '' : `and lkey > ${quoted(packName(after))}`
    const [rows = []] = await link.run('ledger', [
      `select ${columns} from ${link.t.ledger} where lkey >= ${start} ${beyond} and ${lives}
       and substr(lkey, 1, length(${start})) = cast(${start} as binary) order by lkey limit ${limit}`,
    ])
    return rows.map(recordOf)
  }

  async write(writes: LedgerWrite[]): Promise<number[] | undefined> {
    const link = this.#link()
    if (writes.length === 0) return []
    return link.transact('ledger', (unit) => writeInto(unit, writes))
  }
}

/** One writer at a time, by the lock of the counter: all are compared before any is written. */
async function writeInto(unit: Unit, writes: readonly LedgerWrite[]): Promise<number[] | undefined> {
  const { t, text } = unit.sql
  const keys = [...new Set(writes.map(({ key }) => packName(key)))]
  const versions = new Map<string, number>()
  let counter = 0
  await unit.ask([
    {
      text: `select value from ${t.meta} where name = 'seq' for update`,
      take: ([row]) => (counter = row![0] as number),
    },
    ...unit.locking([]),
    {
      text: `select ${columns} from ${t.ledger} where lkey in (${keys.map(text).join(',')}) and ${lives}`,
      take: (rows) => rows.map(recordOf).forEach(({ key, version }) => versions.set(packName(key), version)),
    },
  ])
  const isOld = ({ key, version }: LedgerWrite) =>
    version !== undefined && (versions.get(packName(key)) ?? 0) !== version
  if (writes.some(isOld)) {
    unit.discarded = true
    return undefined
  }
  const answers = writes.map(({ key, value, forMs }) => {
    const lkey = text(packName(key))
    if (value === undefined) {
      unit.pending.last.push(`delete from ${t.ledger} where lkey = ${lkey}`)
      return 0
    }
    const until = orNull(forMs === undefined ? undefined : Math.ceil(unit.nowMs + forMs))
    unit.pending.last.push(
      `insert into ${t.ledger} (lkey, value, version, until_at) values (${lkey},${text(pack(value))},${++counter},${until})
       on duplicate key update value = values(value), version = values(version), until_at = values(until_at)`,
    )
    return counter
  })
  unit.pending.last.push(`update ${t.meta} set value = ${counter} where name = 'seq'`)
  return answers
}
