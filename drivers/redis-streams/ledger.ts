import { FiberWorkError, type Ledger, type LedgerRecord, type LedgerWrite } from '../../src/contract/index.ts'
import { unwire, wireBody } from '../redis-common/wire.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

const scripts = { read: loadScript('ledger-read'), list: loadScript('ledger-list'), write: loadScript('ledger-write') }

/** Small records in one hash, their keys in order beside it: the order of their bytes in UTF-8. */
export class StreamsLedger implements Ledger {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    const link = this.#link()
    if (keys.length === 0) return []
    const found = (await link.run(scripts.read, keys.map(checked))) as ([string, string] | null)[]
    return found.map((record, at) => (record === null ? undefined : recordOf(keys[at]!, ...record)))
  }

  async list(prefix: string, limit: number, after?: string): Promise<LedgerRecord[]> {
    const args = [checked(prefix), limit, checked(after ?? '')]
    const found = (await this.#link().run(scripts.list, args)) as [string, string, string][]
    return found.map((record) => recordOf(...record))
  }

  async write(writes: LedgerWrite[]): Promise<number[] | undefined> {
    const link = this.#link()
    if (writes.length === 0) return []
    const args = writes.flatMap(({ key, value, version, forMs }) => [
      checked(key),
      version ?? '',
      value === undefined ? 0 : 1,
      forMs === undefined ? 0 : Math.max(1, Math.ceil(forMs)),
      value === undefined ? '' : wireBody(value),
    ])
    const versions = (await link.run(scripts.write, args)) as string[] | null
    return versions?.map(Number)
  }
}

const recordOf = (key: string, version: string, value: string): LedgerRecord => ({
  key,
  value: unwire(value),
  version: Number(version),
})

/** Keys stay as they are, so that they can be listed by prefix: UTF-8 has to hold them. */
function checked(key: string): string {
  if (key.isWellFormed()) return key
  throw new FiberWorkError('FW_NAME_INVALID', `The ledger key ${JSON.stringify(key)} has half of a surrogate pair.`)
}
