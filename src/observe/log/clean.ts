import { redactUrls } from '../../base/text.ts'

const textMax = 2_048
const keysMax = 64
const depthMax = 4
const hidden = '***'
const secretKey =
  /pass(?:word|wd|phrase)?$|pwd$|secret|token$|authorization|cookie|credential|(?:api|access|private)[-_]?key/i

/** What is a secret by its name, and what is one within a text. The only two places of the log that know; traces ask the second one too. */
const isSecret = (name: string): boolean => secretKey.test(name)
const redacted = (text: string): string => redactUrls(text)

/** The fields of a log line: bounded, without secrets (by name, and in URLs), and never throwing. */
export function clean(fields: Record<string, unknown>): Record<string, unknown> {
  return safely(fields, 0, new Set()) as Record<string, unknown>
}

function safely(value: unknown, depth: number, path: Set<object>): unknown {
  try {
    return cleaned(value, depth, path)
  } catch {
    return '[unreadable]'
  }
}

/** Text of any origin for a log line. */
export function cleanText(text: string, max = textMax): string {
  const safe = redacted(text.length > max ? text.slice(0, max + 512) : text)
  return safe.length > max ? `${safe.slice(0, max)}…` : safe
}

/** The first line of what was thrown: name, code, message. */
export function errorLine(error: unknown): string {
  try {
    if (!(error instanceof Error))
      return cleanText(typeof error === 'string' ? error.split('\n', 1)[0]! : String(error))
    const { code } = error as { code?: unknown }
    return cleanText(
      `${error.name}${typeof code === 'string' ? ` [${code}]` : ''}: ${error.message}`.split('\n', 1)[0]!,
    )
  } catch {
    return 'an error that cannot be read'
  }
}

function cleaned(value: unknown, depth: number, path: Set<object>): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return cleanText(value.stack ?? errorLine(value), 4 * textMax)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (path.has(value)) return '[circular]'
  if (depth >= depthMax) return Array.isArray(value) ? '[array]' : '[object]'
  path.add(value)
  const answer = Array.isArray(value)
    ? value.slice(0, keysMax).map((item) => safely(item, depth + 1, path))
    : Object.fromEntries(
        members(value).map(([key, item]) => [key, isSecret(key) ? hidden : safely(item, depth + 1, path)]),
      )
  path.delete(value)
  return answer
}

function members(value: object): [string, unknown][] {
  return Object.entries(value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value).slice(
    0,
    keysMax,
  )
}
