import { type Added, FiberWorkError, type JobState, type Receipt, type StoredJob } from '../../src/contract/index.ts'

/** Text as a column holds it: UTF-8 cannot hold lone surrogates, so such a text becomes a blob of UTF-16. */
export type Stored = string | Uint8Array

export const pack = (text: string): Stored => (text.isWellFormed() ? text : Buffer.from(text, 'utf16le'))

/** Throws `FW_STORE_CORRUPT` for what is no text: the column takes anything, and somebody else may have written to it. */
export function unpack(stored: Stored): string {
  if (typeof stored === 'string') return stored
  if (!((stored as unknown) instanceof Uint8Array))
    throw new FiberWorkError('FW_STORE_CORRUPT', `A column that holds texts has ${typeof stored} in it.`)
  return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf16le')
}

/** The id of a job whose row may hold anything. */
export const shownId = (id: unknown): string =>
  typeof id === 'string' || id instanceof Uint8Array ? unpack(id) : String(id)

/** Whole numbers up to 2^53 as a blob of float64. */
export const packNumbers = (numbers: readonly number[]): Uint8Array => new Uint8Array(Float64Array.from(numbers).buffer)

export function unpackNumbers(blob: Uint8Array): Float64Array {
  return new Float64Array(blob.buffer.slice(blob.byteOffset, blob.byteOffset + blob.byteLength))
}

export { type Extra, extraIn, extraOf } from '../sql/extra.ts'

/** The numbers are those of fw_fate.state; what waits is `delayed` or `ready` by its due time. */
export const stateCodes = { waiting: 0, running: 1, done: 2, dead: 3, cancelled: 4, quarantined: 5 } as const
export type TerminalCode = 2 | 3 | 4 | 5
const terminalNames: readonly JobState[] = ['done', 'dead', 'cancelled', 'quarantined']

export function stateOf(code: number | null, dueAtMs: number | null, nowMs: number): JobState {
  if (code === 1) return 'running'
  if (code !== null && code >= 2) return terminalNames[code - 2]!
  return dueAtMs !== null && dueAtMs > nowMs ? 'delayed' : 'ready'
}

/** What a receipt says. The fence is (n, loan), compared in the store; the rest saves looking it up. */
export interface Loaned {
  loan: number
  n: number
  line: number
  q: number
  /** The job has a unique key. */
  keyed: boolean
}

export const receiptOf = (loan: number, n: number, line: number, q: number, keyed: boolean): Receipt =>
  `${loan}.${n}.${line}.${q}${keyed ? '.k' : ''}` as Receipt

/** Undefined for what no driver of ours has written. */
export function loanedOf(receipt: Receipt): Loaned | undefined {
  const [loan, n, line, q, keyed] = receipt.split('.')
  const loaned = { loan: Number(loan), n: Number(n), line: Number(line), q: Number(q), keyed: keyed === 'k' }
  return loaned.loan > 0 && loaned.n > 0 && loaned.line > 0 && loaned.q > 0 ? loaned : undefined
}

const letters = { added: 'a', duplicate: 'd', replaced: 'r', full: 'f' } as const
const outcomes: Record<string, Added['outcome']> = { a: 'added', d: 'duplicate', r: 'replaced', f: 'full' }

/** Answers of enqueue as short text: a letter each, and only those ids that the asker does not know. */
export function packAdded(added: readonly Added[], jobs: readonly StoredJob[]): string {
  const others: Record<number, string> = {}
  let text = ''
  added.forEach(({ outcome, id }, i) => {
    text += letters[outcome]
    if (id !== jobs[i]!.id) others[i] = id
  })
  return Object.keys(others).length === 0 ? text : `${text} ${JSON.stringify(others)}`
}

export function unpackAdded(text: string, jobs: readonly StoredJob[]): Added[] {
  const space = text.indexOf(' ')
  const others = space < 0 ? {} : (JSON.parse(text.slice(space + 1)) as Record<number, string>)
  return Array.from(space < 0 ? text : text.slice(0, space), (letter, i) => ({
    outcome: outcomes[letter]!,
    id: others[i] ?? jobs[i]!.id,
  }))
}
