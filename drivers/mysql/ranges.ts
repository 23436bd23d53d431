/** Whole numbers as ranges: jobs that were written together have numbers without gaps. */
export type Range = [from: number, to: number]

export function rangesOf(numbers: readonly number[]): Range[] {
  const sorted = [...numbers].sort((a, b) => a - b)
  const found: Range[] = []
  for (const n of sorted) {
    const last = found.at(-1)
    if (last !== undefined && n <= last[1] + 1) last[1] = n
    else found.push([n, n])
  }
  return found
}

/** As a column keeps them: `3-7,9`. */
export const packNumbers = (numbers: readonly number[]): string =>
  rangesOf(numbers)
    .map(([from, to]) => (from === to ? from : `${from}-${to}`))
    .join(',')

export function unpackNumbers(text: string): number[] {
  if (text === '') return []
  const numbers: number[] = []
  for (const part of text.split(',')) {
    const [from, to = from] = part.split('-').map(Number) as [number, number?]
    for (let n = from; n <= to; n++) numbers.push(n)
  }
  return numbers
}

/** A condition on a column, for numbers of which there are some: ranges where they are long, a list of the rest. */
export function isAmong(column: string, numbers: readonly number[]): string {
  const single: number[] = []
  const parts: string[] = []
  for (const [from, to] of rangesOf(numbers)) {
    if (to - from >= 3) parts.push(`${column} between ${from} and ${to}`)
    else for (let n = from; n <= to; n++) single.push(n)
  }
  if (single.length > 0) parts.push(`${column} in (${single.join(',')})`)
  return parts.length === 1 ? parts[0]! : `(${parts.join(' or ')})`
}
