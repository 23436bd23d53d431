import { columnsOf, cut, fit, plain } from '../base/text.ts'
import { type Format, paint } from './output.ts'

export interface Column<Row> {
  title: string
  cell: (row: Row) => string | number | undefined
  align?: 'right'
  /** On a terminal; undefined for none. */
  colour?: (row: Row) => Format | undefined
  /** Gives way when the terminal is too narrow; one column at most. */
  stretch?: boolean
}

/** Rows under titles. Every cell is made plain; on a terminal the stretching column is cut so that a row stays a line. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => plain(String(cell(row) ?? ''))))
  const used = columns.map((_, index) => index).filter((index) => cells.some((line) => line[index] !== ''))
  const widths = columns.map(({ title }, index) =>
    Math.max(columnsOf(title), ...cells.map((line) => columnsOf(line[index]!))),
  )
  const room = process.stdout.isTTY
    ? process.stdout.columns - used.reduce((sum, index) => sum + widths[index]! + 2, -2)
    : 0
  const stretching = used.find((index) => columns[index]!.stretch === true)
  if (room < 0 && stretching !== undefined) widths[stretching] = Math.max(8, widths[stretching]! + room)
  const line = (texts: readonly string[], row?: Row) =>
    used
      .map((index, at) => {
        const { align = 'left', colour } = columns[index]!
        const text = fit(texts[index]!, widths[index]!, align)
        const shown = at === used.length - 1 ? text.trimEnd() : text
        const format = row === undefined ? undefined : colour?.(row)
        return format === undefined ? shown : paint(format, shown)
      })
      .join('  ')
      .trimEnd()
  const head = paint('bold', line(columns.map(({ title }) => title)))
  return [head, ...cells.map((texts, index) => line(texts, rows[index]))].join('\n')
}

/** Names and values under each other; what is undefined is left out. */
export function list(pairs: readonly (readonly [string, string | number | undefined])[]): string {
  const present = pairs.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...present.map(([name]) => columnsOf(name)))
  return present
    .map(([name, value]) => {
      const lines = String(value)
        .split('\n')
        .map((text) => cut(text, 10_000))
      return `${paint('bold', fit(name, width))}  ${lines.join(`\n${' '.repeat(width + 2)}`)}`
    })
    .join('\n')
}
