/** `Retry-After` in milliseconds from now: seconds, or an HTTP date. Undefined for what is neither. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const atMs = /^[A-Za-z]{3,}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}
