import type { Ledger, LedgerRecord, LedgerWrite } from '../../src/contract/index.ts'
import { unwire, wireBody } from './codec.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

const scripts = { read: loadScript('ledger-read'), list: loadScript('ledger-list'), write: loadScript('ledger-write') }

// Keys stay as they are, so that they can be listed by prefix. What UTF-8 cannot hold, and what would stand before them, is
// written as JSON behind a mark: those come first.
const mark = '\u0001'
const first = '\u0002'
const written = (text: string): string => (text.isWellFormed() && text >= first ? text : mark + JSON.stringify(text))

/** Small records in one hash, their keys in order beside it: the order of their bytes in UTF-8. */
export class RedisLedger implements Ledger {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async read(keys: string[]): Promise<(LedgerRecord | undefined)[]> {
    const link = this.#link()
    if (keys.length === 0) return []
    const texts = (await link.run(scripts.read, keys.map(written))) as (string | null)[]
    return texts.map((text, at) => (text === null ? undefined : recordOf(keys[at]!, text)))
  }

  async list(prefix: string, limit: number, after?: string): Promise<LedgerRecord[]> {
    const link = this.#link()
    const from = after === undefined ? undefined : written(after)
    const odd =
      from === undefined || from < first
        ? await range(link, from === undefined ? `[${mark}` : `(${from}`, `(${first}`)
        : []
    const found = odd.filter(({ key }) => key.startsWith(prefix)).slice(0, limit)
    if (found.length === limit || (prefix !== '' && written(prefix) !== prefix)) return found
    const least = prefix === '' ? first : prefix
    const start = from !== undefined && isBehind(from, least) ? `(${from}` : `[${least}`
    const last = prefix === '' ? '+' : `[${prefix}\u{10ffff}`
    return [...found, ...(await range(link, start, last, limit - found.length))]
  }

  async write(writes: LedgerWrite[]): Promise<number[] | undefined> {
    const link = this.#link()
    if (writes.length === 0) return []
    const args = writes.flatMap(({ key, value, version, forMs }) => [
      written(key),
      version ?? '',
      value === undefined ? 0 : 1,
      value === undefined ? '' : wireBody(value),
      forMs ?? '',
    ])
    const versions = (await link.run(scripts.write, args)) as string[] | null
    return versions?.map(Number)
  }
}

/** Without a limit: all of them, of which there are few. */
async function range(link: Link, from: string, to: string, limit = -1): Promise<LedgerRecord[]> {
  const [keys, texts] = (await link.run(scripts.list, [from, to, limit])) as [string[], (string | null)[]]
  return keys.flatMap((key, at) => (typeof texts[at] === 'string' ? [recordOf(unwire(key), texts[at])] : []))
}

function recordOf(key: string, text: string): LedgerRecord {
  const line = text.indexOf('\n')
  return { key, value: unwire(text.slice(line + 1)), version: Number(text.slice(0, line)) }
}

const isBehind = (one: string, other: string): boolean => Buffer.compare(Buffer.from(one), Buffer.from(other)) >= 0
