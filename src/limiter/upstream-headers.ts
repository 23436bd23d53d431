import { retryAfterMs } from '../base/retry-after.ts'

export type Headers = Record<string, string | string[] | undefined>

/** The forms in use of "so many are left" and "until then". A limit of which nothing is said to be left is spent. */
const pairs: [left: string, reset: string][] = [
  ['ratelimit-remaining', 'ratelimit-reset'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset-after'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['x-rate-limit-remaining', 'x-rate-limit-reset'],
]

/**
 * How long a service wants no more calls, by one of its answers: `Retry-After` of a 429 or 503; else of a spent limit its reset, in
 * the IETF's `RateLimit` (three drafts of it) and the older `X-RateLimit-…`. Undefined when it says nothing of the kind.
 */
export function pauseMs(status: number, headers: Headers, nowMs: number): number | undefined {
  if (status === 429 || status === 503) {
    const asked = retryAfterMs(textOf(headers, 'retry-after'), nowMs)
    if (asked !== undefined) return asked
  }
  const spent = [structured(headers), ...pairs.map(([left, reset]) => ofPair(headers, left, reset, nowMs))]
  const known = spent.filter((ms) => ms !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function ofPair(headers: Headers, left: string, reset: string, nowMs: number): number | undefined {
  const leftText = textOf(headers, left)
  if (leftText === undefined || !(Number.parseFloat(leftText) <= 0)) return undefined
  return resetMs(textOf(headers, reset), nowMs)
}

/** Seconds from now, seconds or milliseconds since 1970, or a date. */
function resetMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+(?:\.\d+)?$/.test(text)) {
    const atMs = /^(?:\d{4}-\d\d-\d\d|[A-Za-z]{3,})/.test(text) ? Date.parse(text) : Number.NaN
    return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
  }
  const value = Number(text)
  if (value >= 1e12) return Math.max(0, value - nowMs)
  return value >= 1e9 ? Math.max(0, value * 1_000 - nowMs) : value * 1_000
}

/**
 * `RateLimit: "per-minute";r=0;t=30`, with the window in `RateLimit-Policy: "per-minute";q=100;w=60` when `t` is missing; and the
 * draft before it, `RateLimit: limit=100, remaining=0, reset=30`.
 */
function structured(headers: Headers): number | undefined {
  const text = textOf(headers, 'ratelimit')
  if (text === undefined) return undefined
  const older = fieldsOf(text.replaceAll(',', ';'))
  if ('remaining' in older) return older['remaining'] === 0 ? seconds(older['reset']) : undefined
  const policies = new Map(itemsOf(textOf(headers, 'ratelimit-policy') ?? ''))
  const spent = itemsOf(text)
    .filter(([, fields]) => fields['r'] === 0)
    .map(([name, fields]) => seconds(fields['t'] ?? policies.get(name)?.['w']))
    .filter((ms) => ms !== undefined)
  return spent.length === 0 ? undefined : Math.max(...spent)
}

type Fields = Record<string, number>

/** A list of names with parameters. */
function itemsOf(text: string): [name: string, fields: Fields][] {
  return text.split(',').map((item) => {
    const [name = '', ...rest] = item.split(';')
    return [name.trim(), fieldsOf(rest.join(';'))]
  })
}

function fieldsOf(text: string): Fields {
  return Object.fromEntries(
    [...text.matchAll(/(?:^|;)\s*([a-z]+)\s*=\s*"?(\d+(?:\.\d+)?)"?\s*(?=;|$)/gi)].map(([, key, value]) => [
      key!.toLowerCase(),
      Number(value),
    ]),
  )
}

const seconds = (value: number | undefined): number | undefined => (value === undefined ? undefined : value * 1_000)

function textOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return (Array.isArray(value) ? value.join(', ') : value)?.trim()
}
