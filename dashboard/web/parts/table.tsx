import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { type Order, sortRows } from '../../model/order.ts'

export interface Column<Row> {
  key: string
  title: string
  /** Said on hover of the title. */
  hint?: string
  cell: (row: Row) => ComponentChildren
  /** What it is sorted by; a column without it does not sort. Numbers largest first, texts from A. */
  by?: (row: Row) => number | string | undefined
  /** Aligned right. */
  number?: boolean
  /** Left out where there is little room: `phone` below 700 px, `narrow` below 1,100. */
  without?: 'phone' | 'narrow'
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
  toneOf?: (row: Row) => 'red' | 'faint' | undefined
}

/** Rows that can be sorted, and walked through by keys (j, k, arrows, Enter). */
export function Table<Row>({ label, columns, rows, keyOf, href, sorted, empty, toneOf }: Props<Row>) {
  const [order, setOrder] = useState<Order | undefined>(sorted)
  const [, navigate] = useLocation()
  if (rows.length === 0) return <>{empty}</>
  const by = columns.find(({ key }) => key === order?.key)?.by
  const shown = order === undefined || by === undefined ? rows : sortRows(rows, by, order)
  const open = (row: Row) => href !== undefined && navigate(href(row))
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} order={order} choose={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr
              key={keyOf(row)}
              class={`${href === undefined ? '' : 'leads'} ${toneOf?.(row) ?? ''}`}
              data-row
              tabIndex={-1}
              onClick={(event) => isPlain(event) && open(row)}
              onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && open(row)}
            >
              {columns.map(({ key, cell, number, without }) => (
                <td key={key} class={classOf(number, without)}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
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
  const { key, title, hint, number, without, by } = column
  const chosen = order?.key === key ? order : undefined
  const sort = chosen === undefined ? 'none' : chosen.reverse ? 'descending' : 'ascending'
  return (
    <th scope="col" class={classOf(number, without)} title={hint} {...(by !== undefined && { 'aria-sort': sort })}>
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

function classOf(number: boolean | undefined, without: string | undefined): string {
  return `${number === true ? 'right' : ''} ${without === undefined ? '' : `without-${without}`}`.trim()
}

/** Not on a link or a button of the row, and not while text is marked. */
function isPlain(event: MouseEvent): boolean {
  const target = event.target as Element
  return target.closest('a, button, input, select, label, summary') === null && String(getSelection()) === ''
}
