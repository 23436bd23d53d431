/** One stretch of time: by how much something grew, and how many jobs of each definition ended in it. */
export interface Stretch {
  grown: number
  jobs: ReadonlyMap<string, number>
}

/** A definition answers for the growth when it explains this part of it, and its own slope is this many times its uncertainty. */
const partMin = 0.6
const sureMin = 3

/**
 * Which definition the growth comes from, judged by how it follows the mix of jobs from stretch to stretch. Undefined where the mix
 * is always the same: then it cannot be told so.
 */
export function growerOf(stretches: readonly Stretch[]): string | undefined {
  const names = [...new Set(stretches.flatMap(({ jobs }) => [...jobs.keys()]))]
  if (names.length <= 1) return names[0]
  if (stretches.length < names.length + 3) return undefined
  const rows = stretches.map(({ jobs }) => names.map((name) => jobs.get(name) ?? 0))
  const grown = stretches.map((stretch) => stretch.grown)
  const inverse = inverted(names.map((_, a) => names.map((_, b) => sum(rows, (row) => row[a]! * row[b]!))))
  if (inverse === undefined) return undefined
  const moments = names.map((_, a) => sum(rows, (row, at) => row[a]! * grown[at]!))
  const slopes = inverse.map((row) => sum(row, (value, at) => value * moments[at]!))
  const rest = sum(rows, (row, at) => (grown[at]! - sum(row, (count, name) => count * slopes[name]!)) ** 2)
  const noise = rest / (rows.length - names.length)
  const total = sum(grown, (value) => value)
  const guilty = names.filter((_, name) => {
    const explained = slopes[name]! * sum(rows, (row) => row[name]!)
    return explained >= partMin * total && slopes[name]! > sureMin * Math.sqrt(noise * inverse[name]![name]!)
  })
  return guilty.length === 1 ? guilty[0] : undefined
}

function sum<T>(items: readonly T[], of: (item: T, at: number) => number): number {
  return items.reduce((all, item, at) => all + of(item, at), 0)
}

/** Gauss and Jordan; undefined of what has (next to) no inverse: definitions that always run side by side. */
function inverted(matrix: number[][]): number[][] | undefined {
  const size = matrix.length
  const rows = matrix.map((row, at) => [...row, ...row.map((_, column) => (at === column ? 1 : 0))])
  for (let at = 0; at < size; at++) {
    const pivot = rows.slice(at).reduce((best, row) => (Math.abs(row[at]!) > Math.abs(best[at]!) ? row : best))
    const from = rows.indexOf(pivot)
    if (Math.abs(pivot[at]!) < 1e-9 * Math.abs(matrix[at]![at]!) || pivot[at] === 0) return undefined
    ;[rows[at], rows[from]] = [pivot, rows[at]!]
    const scaled = pivot.map((value) => value / pivot[at]!)
    rows[at] = scaled
    for (let other = 0; other < size; other++) {
      const factor = rows[other]![at]!
      if (other !== at) rows[other] = rows[other]!.map((value, column) => value - factor * scaled[column]!)
    }
  }
  return rows.map((row) => row.slice(size))
}
