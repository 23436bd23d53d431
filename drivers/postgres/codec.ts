import { type Extra, extraIn } from '../sql/extra.ts'
import type { StoredJob } from '../../src/contract/index.ts'

// Postgres text holds neither NUL nor half a surrogate pair, so those are written as U+001A and four hex digits; so are U+001A itself and
// what parts texts from each other on their way. What is equal stays equal, and almost every text is written as it is.

const escaped = /\x1a([0-9a-f]{4})/g
const control = /[\0\x1a\x1c-\x1e]/
const special = /[\0\x1a\x1c-\x1e]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

export function wire(text: string): string {
  if (!control.test(text) && text.isWellFormed()) return text
  return text.replace(special, (unit) => `\x1a${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function unwire(text: string): string {
  if (!text.includes('\x1a')) return text
  return text.replace(escaped, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export function extraOf({ unique, tags, headers }: StoredJob): string | null {
  if (unique === undefined && tags === undefined && headers === undefined) return null
  return JSON.stringify(mapped({ unique, tags, headers } as Extra, wire))
}

/** A job as it was enqueued, `due` aside. */
export function jobOf(
  id: string,
  queue: string,
  name: string,
  rank: number,
  group: string | null,
  extra: string | null,
  body: string,
): StoredJob {
  const job: StoredJob = { id: unwire(id), queue, name: unwire(name), priority: 9 - rank, body: unwire(body) }
  if (group !== null) job.group = unwire(group)
  if (extra !== null) {
    const fields = extraIn(extra)
    Object.assign(job, extra.includes('\\u001a') ? mapped(fields, unwire) : fields)
  }
  return job
}

function mapped({ unique, tags, headers }: Extra, each: (text: string) => string): Extra {
  return {
    ...(unique !== undefined && { unique: { ...unique, key: each(unique.key) } }),
    ...(tags !== undefined && { tags: tags.map(each) }),
    ...(headers !== undefined && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [each(name), each(value)])),
    }),
  }
}

/** Between texts, on their way to the database and back. */
export const parting = { text: '\x1e', field: '\x1d', block: '\x1c' } as const

/** Numbers, and null, as an array of Postgres. */
export const arrayOf = (numbers: readonly (number | 'NULL')[]): string => `{${numbers.join(',')}}`

/** Texts as an array of Postgres; undefined becomes NULL. */
export function textsOf(texts: readonly (string | undefined)[]): string {
  const quoted = texts.map((text) =>
    text === undefined ? 'NULL' : `"${wire(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  )
  return `{${quoted.join(',')}}`
}
