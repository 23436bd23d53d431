import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'

/** The part of a ledger under a prefix, as if it were all of it. */
export class LedgerView implements Ledger {
  readonly #ledger: () => Ledger
  readonly #prefix: string

  constructor(prefix: string, ledger: () => Ledger) {
    this.#prefix = prefix
    this.#ledger = ledger
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    const records = await this.#ledger().read(keys.map((key) => this.#prefix + key))
    return records.map((record) => record && this.#shown(record))
  }

  async list(prefix: string, limit: number, after?: string): Promise<LedgerRecord[]> {
    const from = after === undefined ? undefined : this.#prefix + after
    const records = await this.#ledger().list(this.#prefix + prefix, limit, from)
    return records.map((record) => this.#shown(record))
  }

  async write(writes: LedgerWrite[]): Promise<number[] | undefined> {
    return this.#ledger().write(writes.map((write) => ({ ...write, key: this.#prefix + write.key })))
  }

  #shown(record: LedgerRecord): LedgerRecord {
    return { ...record, key: record.key.slice(this.#prefix.length) }
  }
}
