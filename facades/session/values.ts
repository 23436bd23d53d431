import { toJson } from '../../src/base/json.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Settings } from './options.ts'
import type { SessionRecord } from './store.ts'

/** The values of a session, each as JSON: what is read is a copy of the reader's own. */
export type Values = ReadonlyMap<string, string>

export const noValues: Values = new Map()

/** Undefined is no value: to set it is to delete. Throws `FW_VALUE_NOT_JSON`, `FW_SESSION_TOO_LARGE`. */
export function textOf(value: unknown, key: string, { valueBytesMax }: Settings): string | undefined {
  if (value === undefined) return undefined
  const { text } = toJson(value, `The value of ${JSON.stringify(key)}`, 'FW_VALUE_NOT_JSON')
  checkSize(text, `The value of ${JSON.stringify(key)}`, valueBytesMax, 'valueBytesMax')
  return text
}

export function valueOf(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text)
}

export function valuesOf(record: SessionRecord | undefined): Values {
  if (record === undefined) return noValues
  const kept = JSON.parse(record.text) as { v: number; values: [string, string][] }
  if (kept.v !== 1) {
    throw new FiberWorkError(
      'FW_SESSION_FAILED',
      `A session has the form ${String(kept.v)}, which this version cannot read.`,
    )
  }
  return new Map(kept.values)
}

/** Throws `FW_SESSION_TOO_LARGE`. */
export function recordText(values: Values, { bytesMax }: Settings): string {
  const text = JSON.stringify({ v: 1, values: [...values] })
  checkSize(text, 'The session', bytesMax, 'bytesMax')
  return text
}

/** With these changes; undefined deletes. */
export function changed(values: Values, changes: ReadonlyMap<string, string | undefined>): Values {
  const next = new Map(values)
  for (const [key, text] of changes) {
    if (text === undefined) next.delete(key)
    else next.set(key, text)
  }
  return next
}

function checkSize(text: string, what: string, bytesMax: number, option: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= bytesMax) return
  throw new FiberWorkError(
    'FW_SESSION_TOO_LARGE',
    `${what} takes ${bytes} bytes; the limit is ${bytesMax} (\`${option}\` of Session.configure).`,
  )
}
