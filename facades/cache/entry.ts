import { toJson } from '../../src/base/json.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'

/** The versions that the tags of a value had when it was made; keys are those of the tags. */
export type TagVersions = Readonly<Record<string, string>>

/**
 * A value as all levels keep it: as text, so that whoever reads it gets a copy of his own and nobody can change what another
 * one sees. Times are of the monotonic clock of this process.
 */
export interface Entry {
  /** JSON; empty for `undefined`. */
  readonly text: string
  /** Until then it is as good as new. */
  readonly freshUntilMs: number
  /** Until then it will do while it is made anew. */
  readonly goodUntilMs: number
  readonly tags: TagVersions | undefined
}

/** Throws `FW_VALUE_NOT_JSON`. */
export function textOf(value: unknown, key: string): string {
  return value === undefined ? '' : toJson(value, `The value of ${shownKey(key)}`, 'FW_VALUE_NOT_JSON').text
}

/** A copy of the reader's own. */
export function valueOf(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}

/** A UTF-16 unit takes at most three bytes, so that most texts need not be measured. */
export function tooLarge(text: string, key: string, bytesMax: number): FiberWorkError | undefined {
  if (text.length * 3 <= bytesMax) return undefined
  const bytes = Buffer.byteLength(text)
  if (bytes <= bytesMax) return undefined
  return new FiberWorkError(
    'FW_VALUE_TOO_LARGE',
    `The value of ${shownKey(key)} takes ${bytes} bytes; the limit is ${bytesMax} (\`valueBytesMax\`).`,
  )
}

export function shownKey(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key)
}

interface Head {
  v: 1
  /** How long before Redis drops it it is past its time. */
  s: number
  t?: TagVersions
}

/** A value as Redis keeps it: one line about it, then its text. */
export function seal(text: string, staleMs: number, tags: TagVersions | undefined): string {
  const head: Head = { v: 1, s: staleMs, ...(tags !== undefined && { t: tags }) }
  return `${JSON.stringify(head)}\n${text}`
}

/** Undefined: not ours, or of a later version. */
export function open(sealed: string, leftMs: number, nowMs: number): Entry | undefined {
  const end = sealed.indexOf('\n')
  if (end < 0 || leftMs < 0) return undefined
  const head = headOf(sealed.slice(0, end))
  if (head === undefined) return undefined
  const goodUntilMs = nowMs + leftMs
  return { text: sealed.slice(end + 1), freshUntilMs: goodUntilMs - head.s, goodUntilMs, tags: head.t }
}

function headOf(line: string): Head | undefined {
  try {
    const head = JSON.parse(line) as Partial<Head> | null
    return head?.v === 1 && typeof head.s === 'number' ? (head as Head) : undefined
  } catch {
    return undefined
  }
}
