import { type Extra, extraIn, extraOf } from '../sql/extra.ts'
import type { Added, JobState, Receipt, StoredJob } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'

// Columns hold UTF-8, which has no lone surrogates: such a text is written as JSON behind a mark that nothing else begins with.
const mark = '\u0001'

/** A text as it stands in a column. No two texts are the same there. */
export const pack = (text: string): string =>
  text.isWellFormed() && !text.startsWith(mark) ? text : mark + JSON.stringify(text)

/** What somebody else has written behind the mark stays as it is: whoever reads it as a body will say so. */
export function unpack(stored: string): string {
  if (!stored.startsWith(mark)) return stored
  try {
    return String(JSON.parse(stored.slice(mark.length)))
  } catch {
    return stored
  }
}

/** What an index of InnoDB holds. */
const indexedBytesMax = 3_000

/** A name, id, group or key, which stands in an index. @throws FW_NAME_INVALID */
export function packName(text: string): string {
  const packed = pack(text)
  if (packed.length * 3 <= indexedBytesMax || Buffer.byteLength(packed) <= indexedBytesMax) return packed
  throw new FiberWorkError(
    'FW_NAME_INVALID',
    `A name, id, group or key of ${Buffer.byteLength(packed)} bytes ("${text.slice(0, 20).toWellFormed()}…"): MySQL indexes at most ${indexedBytesMax}.`,
  )
}

/** Groups are told from none: a group may be called anything, nothing too. */
export const packGroup = (group: string | undefined): string => (group === undefined ? '' : `+${packName(group)}`)

export const unpackGroup = (stored: string): string | undefined => (stored === '' ? undefined : unpack(stored.slice(1)))

export { type Extra, extraIn, extraOf }

export const uniqueOf = (extra: string | null): Extra['unique'] => extraIn(extra).unique

/** The numbers are those of fate.state; what waits is `delayed` or `ready` by its due time. */
export const stateCodes = { waiting: 0, running: 1, done: 2, dead: 3, cancelled: 4, quarantined: 5 } as const
export type TerminalCode = 2 | 3 | 4 | 5
const terminalNames: readonly JobState[] = ['done', 'dead', 'cancelled', 'quarantined']

export function stateOf(code: number | null, dueAtMs: number | null, nowMs: number): JobState {
  if (code === stateCodes.running) return 'running'
  if (code !== null && code >= stateCodes.done) return terminalNames[code - stateCodes.done]!
  return dueAtMs !== null && dueAtMs > nowMs ? 'delayed' : 'ready'
}

/** What a receipt says. The fence is (q, n, s, loan), compared in the store; the rest saves looking it up. */
export interface Loaned {
  s: number
  loan: number
  q: number
  n: number
  line: number
  /** The job has a unique key. */
  keyed: boolean
}

export const receiptOf = ({ s, loan, q, n, line, keyed }: Loaned): Receipt =>
  `${s}.${loan}.${q}.${n}.${line}${keyed ? '.k' : ''}` as Receipt

/** Undefined for what no driver of ours has written. */
export function loanedOf(receipt: Receipt): Loaned | undefined {
  const [s, loan, q, n, line, keyed] = receipt.split('.')
  const loaned = {
    s: Number(s),
    loan: Number(loan),
    q: Number(q),
    n: Number(n),
    line: Number(line),
    keyed: keyed === 'k',
  }
  const isOurs = isNumber(loaned.s) && isNumber(loaned.loan) && isNumber(loaned.q) && isNumber(loaned.n)
  return isOurs && isNumber(loaned.line) ? loaned : undefined
}

const isNumber = (n: number): boolean => Number.isSafeInteger(n) && n > 0

/** One open call a lane and rising numbers: the call names the loan. */
export const loanOf = ({ lane, seq }: { lane: number; seq: number }): number => seq * 64 + lane

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
