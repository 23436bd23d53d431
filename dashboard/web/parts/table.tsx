import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { type Order, sortRows } from '../../model/order.ts'
import { classOf, Rows, type Tone } from './rows.tsx'

export interface Column<Row> {
  key: string
  title: ComponentChildren
  /** Said on hover of the title. */
  hint?: string
  cell: (row: Row) => ComponentChildren
  /** What it is sorted by; a column without it does not sort. Numbers largest first, texts from A. */
  by?: (row: Row) => number | string | undefined
  /** Aligned right. */
  number?: boolean
  /** Left out where there is little room: `phone` below 700 px, `narrow` below 1,100. */
  without?: 'phone' | 'narrow'
  /** In tables whose rows have one height the columns have fixed widths: a class of the style sheet. */
  width?: string
}

interface Props<Row> {
  /** What the table is, for who does not see it. */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** Where a row leads. */
  href?: (row: Row) => string
  sorted?: Order
  /** What stands there instead of rows. */
  empty: ComponentChildren
  toneOf?: (row: Row) => Tone
  /** Every row has this height, and only those in sight are drawn: for thousands of them. */
  rowPx?: number
  /** With `rowPx`: which rows are in sight. */
  onSeen?: (first: number, last: number) => void
  /** On a phone each row stands as a block, its cells below each other: for rows with much text. */
  stacked?: boolean
}

/** Rows that can be sorted, and walked through by keys (j, k, arrows, Enter). */
export function Table<Row>({ label, columns, rows, sorted, empty, rowPx, stacked = false, ...rest }: Props<Row>) {
  const [order, setOrder] = useState<Order | undefined>(sorted)
  if (rows.length === 0) return <>{empty}</>
  const by = columns.find(({ key }) => key === order?.key)?.by
  const shown = order === undefined || by === undefined ? rows : sortRows(rows, by, order)
  return (
    <div class="table-frame" role="group" aria-label={label} tabIndex={0}>
      <table
        class={`table ${rowPx === undefined ? '' : 'table-even'} ${stacked ? 'table-stacked' : ''}`}
        aria-rowcount={rows.length + 1}
      >
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} order={order} choose={setOrder} />
            ))}
          </tr>
        </thead>
        <Rows columns={columns} rows={shown} rowPx={rowPx} stacked={stacked} {...rest} />
      </table>
    </div>
  )
}

interface HeadProps<Row> {
  column: Column<Row>
  order: Order | undefined
  choose: (order: Order) => void
}

function Head<Row>({ column, order, choose }: HeadProps<Row>) {
  const { key, title, hint, number, without, by, width = '' } = column
  const chosen = order?.key === key ? order : undefined
  const sort = chosen === undefined ? 'none' : chosen.reverse ? 'descending' : 'ascending'
  return (
    <th
      scope="col"
      class={`${classOf(number, without)} ${width}`}
      title={hint}
      {...(by !== undefined && { 'aria-sort': sort })}
    >
      {title === '' && <span class="hidden">Actions</span>}
      {by === undefined ? (
        title
      ) : (
        <button
          type="button"
          class="sort"
          onClick={() => choose({ key, reverse: chosen !== undefined && !chosen.reverse })}
        >
          {title}
          <span class="sort-mark" aria-hidden="true">
            {chosen === undefined ? '' : chosen.reverse ? '↑' : '↓'}
          </span>
        </button>
      )}
    </th>
  )
}
