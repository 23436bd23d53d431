import type { Ledger, LedgerWrite } from '../../src/contract/index.ts'

/** A record of any length, as it was read. */
export interface Page {
  text: string
  version: number
  /** How many records beside the first one it takes. */
  pieces: number
}

/** One change of a record of any length. */
export interface Change {
  key: string
  /** Absent deletes. */
  text?: string
  version?: number
  forMs?: number
  /** How many pieces it had before, where that is known to be more than none. */
  pieces?: number
}

/** A ledger keeps records of 64 KiB; a character takes three bytes at most. */
const pieceLength = 20_000

const pieceKey = (key: string, at: number): string => `${key}/${at}`

/** Records of any length over a ledger of small ones: what is long lies in pieces beside its first one, which has the version. */
export class Book {
  readonly ledger: Ledger

  constructor(ledger: Ledger) {
    this.ledger = ledger
  }

  async read(keys: string[]): Promise<(Page | undefined)[]> {
    if (keys.length === 0) return []
    const pages = (await this.ledger.read(keys)).map((record) => record && { ...headOf(record.value), ...record })
    const wanted = pages.flatMap((page) =>
      page === undefined ? [] : Array.from({ length: page.pieces }, (_, at) => pieceKey(page.key, at + 1)),
    )
    const rest = wanted.length === 0 ? [] : await this.ledger.read(wanted)
    return pages.map((page) => {
      if (page === undefined) return undefined
      const pieces = rest.splice(0, page.pieces)
      // One that is missing was evicted, or somebody has just written the record anew: then there is no telling what it was.
      if (pieces.includes(undefined)) return undefined
      return {
        text: [page.text, ...pieces.map((piece) => piece!.value)].join(''),
        version: page.version,
        pieces: page.pieces,
      }
    })
  }

  /** All or nothing. The new version of each, 0 for a deleted one; undefined when any version did not match. */
  async write(changes: Change[]): Promise<number[] | undefined> {
    if (changes.length === 0) return []
    const writes: LedgerWrite[] = []
    const heads = changes.map((change) => {
      const head = writes.length
      for (const write of writesOf(change)) writes.push(write)
      return head
    })
    const versions = await this.ledger.write(writes)
    return versions && heads.map((head) => versions[head]!)
  }
}

function headOf(value: string): { text: string; pieces: number } {
  const line = value.indexOf('\n')
  return { pieces: Number(value.slice(0, line)), text: value.slice(line + 1) }
}

function writesOf({ key, text, version, forMs, pieces: before = 0 }: Change): LedgerWrite[] {
  const parts = text === undefined ? [] : partsOf(text)
  const pieces = Math.max(0, parts.length - 1)
  const rest = { ...(forMs !== undefined && { forMs }) }
  const head: LedgerWrite = { key, ...(version !== undefined && { version }) }
  if (text !== undefined) Object.assign(head, rest, { value: `${pieces}\n${parts[0]}` })
  const writes = [head]
  for (let at = 1; at <= pieces; at++) writes.push({ key: pieceKey(key, at), value: parts[at]!, ...rest })
  for (let at = pieces + 1; at <= before; at++) writes.push({ key: pieceKey(key, at) })
  return writes
}

function partsOf(text: string): string[] {
  if (text.length <= pieceLength) return [text]
  const parts: string[] = []
  for (let from = 0; from < text.length;) {
    let to = from + pieceLength
    // Not between the two halves of a character.
    if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to--
    parts.push(text.slice(from, to))
    from = to
  }
  return parts
}

/** All records under a prefix, at most `most`, in the order of their keys. */
export async function listAll(ledger: Ledger, prefix: string, most: number): Promise<{ key: string; value: string }[]> {
  const found: { key: string; value: string }[] = []
  const pageMax = 1_000
  for (let after: string | undefined; found.length < most;) {
    const limit = Math.min(pageMax, most - found.length)
    const page = await ledger.list(prefix, limit, after)
    found.push(...page)
    if (page.length < limit) break
    after = page.at(-1)!.key
  }
  return found
}
