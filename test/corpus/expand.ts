/** One bad, or at least odd, input and what it is called in a failure. */
export interface Case<Value = unknown> {
  what: string
  value: Value
}

/** A label for any value: short, printable, and never throwing. */
export function labelOf(value: unknown): string {
  if (typeof value !== 'string')
    return `${typeof value} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
  const shown = JSON.stringify(value.length > 48 ? value.slice(0, 48) : value)
  return value.length > 48 ? `${shown}… (${value.length})` : shown
}

/** The same text as somebody else, or something on the way, may write it. */
const changes: ((text: string) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => `${text} `,
  (text) => ` ${text}`,
  (text) => `${text}\0`,
  (text) => `\0${text}`,
  (text) => text.normalize('NFC'),
  (text) => text.normalize('NFD'),
  (text) => `${text}\ud800`,
  (text) => `${text}\u200b`,
  (text) => `${text}\r\n`,
]

/** Lengths around a limit, of characters of one, two, three and four bytes. */
export function lengths(max: number): string[] {
  const units = ['a', 'é', '\u20ac']
  const counted = [1, max - 1, max, max + 1, 2 * max].flatMap((length) => units.map((unit) => unit.repeat(length)))
  // A pair is two units: one short of the limit, at it, and cut in two by it.
  return [
    '',
    ...counted,
    '\u{1f600}'.repeat(max / 2),
    `${'a'.repeat(max - 1)}\u{1f600}`,
    `${'a'.repeat(max - 1)}\ud83d`,
  ]
}

/** Seeds and what becomes of them, each text once, always the same ones in the same order; evenly thinned out to `n` where there are more. */
export function expanded(seeds: readonly string[], n: number, more: readonly string[] = []): string[] {
  const kept = [...new Set([...seeds, ...more])]
  const bred = [...new Set(seeds.flatMap((seed) => changes.map((change) => change(seed))))].filter(
    (text) => !kept.includes(text),
  )
  return [...kept, ...thinned(bred, Math.max(0, n - kept.length))].slice(0, n)
}

/** `n` of them, from the first to the last at even distances. */
export function thinned<Value>(values: readonly Value[], n: number): Value[] {
  if (values.length <= n) return [...values]
  return Array.from({ length: n }, (_, at) => values[Math.floor((at * values.length) / n)]!)
}
