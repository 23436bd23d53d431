/** In what order a table's rows stand. Numbers largest first, texts from A on; `reverse` the other way round. */
export interface Order {
  key: string
  reverse: boolean
}

/** Stable: rows that are equal keep their places. Rows without a value come last either way. */
export function sortRows<Row>(
  rows: readonly Row[],
  by: (row: Row) => number | string | undefined,
  { reverse }: Pick<Order, 'reverse'>,
): Row[] {
  return rows.toSorted((one, other) => {
    const [left, right] = [by(one), by(other)]
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
    const rising =
      typeof left === 'number' && typeof right === 'number' ? right - left : compareTexts(String(left), String(right))
    return reverse ? -rising : rising
  })
}

const texts = new Intl.Collator('en', { numeric: true })

function compareTexts(one: string, other: string): number {
  return texts.compare(one, other)
}
