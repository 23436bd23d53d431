import { fitLine, onBackground, say, wrap, type Line, type Span, type Tone } from './line.ts'

export interface Column<Row> {
  title: string
  align?: 'right'
  /** Columns that it always takes, or the least it takes and its share of what is left. */
  width: number | { least: number; grow: number; most?: number }
  /** What is dropped first when the table is too narrow: the lowest. The first column stays. */
  keep: number
  cell(row: Row): Span | Line
}

export interface TableOptions {
  columns: number
  /** Title included. */
  rows: number
  /** Shown in place of the first column's title. */
  title: Line
  /** Said when there is no row. */
  empty: string
  emptyTone?: Tone
  /** Index of the selected row, −1 for none; the table scrolls to it. */
  selected: number
  mark: string
}

/** A title line and the rows, each exactly as wide as the table; always exactly `rows` lines. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): Line[] {
  const widths = measure(columns, options.columns)
  const { mark } = options
  const row = (cells: (column: Column<Row>, index: number) => Line) => {
    const parts: Line = []
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0
      if (width === 0) continue
      if (parts.length > 0) parts.push({ text: '  ', tone: 'text' })
      parts.push(...fitLine(cells(column, index), width, mark, column.align ?? 'left'))
    }
    return fitLine(parts, options.columns, mark)
  }
  const lines = [row((column, index) => (index === 0 ? options.title : [say(column.title, 'dim')]))]
  const space = options.rows - 1
  const first = firstShown(options.selected, space, rows.length)
  for (const [index, item] of rows.slice(first, first + space).entries()) {
    const line = row((column) => {
      const cell = column.cell(item)
      return Array.isArray(cell) ? cell : [cell]
    })
    lines.push(first + index === options.selected ? onBackground(line, 'selection') : line)
  }
  if (rows.length === 0) {
    const sentence = wrap(options.empty, options.columns, 3, mark)
    lines.push(...sentence.map((text) => fitLine([say(text, options.emptyTone ?? 'dim')], options.columns, mark)))
  }
  while (lines.length < options.rows) lines.push(fitLine([], options.columns, mark))
  return lines.slice(0, Math.max(options.rows, 0))
}

/** Which row stands at the top, so that the selected one is seen. */
export function firstShown(selected: number, space: number, count: number): number {
  return Math.max(0, Math.min(selected - space + 1, count - space))
}

/** How wide each column is; 0 for those that were dropped. */
export function measure<Row>(columns: readonly Column<Row>[], total: number): number[] {
  const least = columns.map(({ width }) => (typeof width === 'number' ? width : width.least))
  const dropOrder = [...columns.keys()].slice(1).sort((a, b) => (columns[a]?.keep ?? 0) - (columns[b]?.keep ?? 0))
  const needed = () => least.reduce((sum, width) => sum + (width > 0 ? width + 2 : 0), -2)
  for (const index of dropOrder) {
    if (needed() <= total) break
    least[index] = 0
  }
  if (needed() > total) least[0] = total
  let left = total - needed()
  // A column that has reached its most leaves the rest to the others: a few rounds settle it.
  for (let round = 0; round < columns.length && left > 0; round += 1) {
    const growing = columns.flatMap(({ width }, index) =>
      typeof width !== 'number' && (least[index] ?? 0) > 0 && (least[index] ?? 0) < (width.most ?? total)
        ? [{ index, width }]
        : [],
    )
    const shares = growing.reduce((sum, { width }) => sum + width.grow, 0)
    if (shares === 0) break
    const space = left
    for (const { index, width } of growing) {
      const now = least[index] ?? 0
      const more = Math.min(Math.ceil((space * width.grow) / shares), (width.most ?? total) - now, left)
      least[index] = now + more
      left -= more
    }
  }
  return least
}
