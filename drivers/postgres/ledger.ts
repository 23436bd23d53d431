import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import { textsOf, unwire, wire } from './codec.ts'
import type { Link } from './link.ts'

/** Compare-and-set records. Versions come from the schema's one sequence, so that a deleted key never gets one again. */
export class PostgresLedger implements Ledger {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    const link = this.#link()
    if (keys.length === 0) return []
    const found = (await link.call('ledger_read', [textsOf(keys)])) as [value: string | null, version: number][]
    return found.map(([value, version], i) =>
      value === null ? undefined : { key: keys[i]!, value: unwire(value), version },
    )
  }

  async list(prefix: string, limit: number, after = ''): Promise<LedgerRecord[]> {
    const page = (await this.#link().call('ledger_list', [wire(prefix), limit, wire(after)])) as [
      string,
      string,
      number,
    ][]
    return page.map(([key, value, version]) => ({ key: unwire(key), value: unwire(value), version }))
  }

  async write(writes: LedgerWrite[]): Promise<number[] | undefined> {
    const link = this.#link()
    if (writes.length === 0) return []
    const rows = writes.map(({ key, value, version, forMs }) => [
      wire(key),
      value === undefined ? null : wire(value),
      version ?? null,
      forMs ?? null,
    ])
    return (await link.call('ledger_write', [JSON.stringify(rows)])) as number[] | undefined
  }
}
