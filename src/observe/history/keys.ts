export const minuteMs = 60_000
export const hourMs = 3_600_000

/** A minute of one process, until it is added to that of all. */
export const partPrefix = 'history:p:'
/** A minute of all processes. */
export const minutePrefix = 'history:m:'
/** An hour of all processes. */
export const hourPrefix = 'history:h:'

/** So many digits that keys sort as times do. */
const digits = 9
const padded = (count: number): string => String(Math.max(0, count)).padStart(digits, '0')

export const minuteKey = (atMs: number): string => minutePrefix + padded(Math.floor(atMs / minuteMs))
export const hourKey = (atMs: number): string => hourPrefix + padded(Math.floor(atMs / hourMs))
/** `writer` is another one in each process and minute. */
export const partKey = (atMs: number, writer: string): string =>
  `${partPrefix}${padded(Math.floor(atMs / minuteMs))}:${writer}`

/** When the time of a record begins; NaN for a key that is not of this kind. */
export function timeOf(key: string, prefix: string): number {
  const text = key.slice(prefix.length, prefix.length + digits)
  return /^\d{9}$/.test(text) ? Number(text) * (prefix === hourPrefix ? hourMs : minuteMs) : NaN
}

/** For `list`: everything of a kind that begins then or later comes after this. */
export function beforeTime(prefix: string, atMs: number): string {
  const length = prefix === hourPrefix ? hourMs : minuteMs
  // Behind whatever begins with the time before, and before what begins with this one.
  return `${prefix}${padded(Math.floor(atMs / length) - 1)}~`
}
