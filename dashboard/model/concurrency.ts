/** The least and the most that a dashboard sets. */
export const concurrencyMin = 1
export const concurrencyMax = 100_000

/** One press of + or −: a tenth of the decimal order, so that 10,000 moves by 1,000 and 30 by 1; always onto a round number. */
export function stepConcurrency(now: number, direction: 1 | -1): number {
  // Going down from 1,000 one is in the hundreds already.
  const order = Math.floor(Math.log10(Math.max(direction === 1 ? now : now - 1, 1)))
  const step = Math.max(1, 10 ** (order - 1))
  const next = direction === 1 ? Math.floor(now / step) * step + step : Math.ceil(now / step) * step - step
  return Math.min(Math.max(next, concurrencyMin), concurrencyMax)
}

/** What somebody typed, or why it will not do. */
export function parseConcurrency(text: string): number | string {
  const clean = text.replaceAll(/[\s,_]/g, '')
  const value = /^\d{1,9}$/.test(clean) ? Number(clean) : Number.NaN
  if (value >= concurrencyMin && value <= concurrencyMax) return value
  return `a whole number from ${concurrencyMin} to 100,000`
}
