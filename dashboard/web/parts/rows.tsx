import { useEffect, useRef } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import type { Column } from './table.tsx'
import { useVirtual } from './virtual.ts'

/** `marked`: chosen for an action. */
export type Tone = 'red' | 'faint' | 'marked' | undefined

interface Props<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  href?: (row: Row) => string
  toneOf?: (row: Row) => Tone
  stacked?: boolean
}

/** The rows of a table: all of them, or those in sight. */
export function Rows<Row>({
  rowPx,
  onSeen,
  ...rest
}: Props<Row> & { rowPx: number | undefined; onSeen?: (first: number, last: number) => void }) {
  if (rowPx !== undefined) return <RowsInSight rowPx={rowPx} {...(onSeen && { onSeen })} {...rest} />
  return (
    <tbody>
      {rest.rows.map((row) => (
        <BodyRow key={rest.keyOf(row)} row={row} {...rest} />
      ))}
    </tbody>
  )
}

/** What is not in sight is room above and below. */
function RowsInSight<Row>({
  rowPx,
  onSeen,
  ...rest
}: Props<Row> & { rowPx: number; onSeen?: (first: number, last: number) => void }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const { first, last, beforePx, afterPx } = useVirtual(body, rest.rows.length, rowPx)
  useEffect(() => onSeen?.(first, last), [first, last, rest.rows])
  return (
    <tbody ref={body}>
      <Room px={beforePx} />
      {rest.rows.slice(first, last + 1).map((row, at) => (
        <BodyRow key={rest.keyOf(row)} row={row} index={first + at} rowPx={rowPx} {...rest} />
      ))}
      <Room px={afterPx} />
    </tbody>
  )
}

/** One cell: spanning all columns it would bring back those that have no room on a phone. */
function Room({ px }: { px: number }) {
  if (px === 0) return null
  return (
    <tr class="room" aria-hidden="true">
      <td style={{ height: `${px}px` }} />
    </tr>
  )
}

function BodyRow<Row>(props: Props<Row> & { row: Row; index?: number; rowPx?: number }) {
  const { columns, row, keyOf, href, toneOf, index, rowPx, stacked } = props
  const [, navigate] = useLocation()
  const open = () => href !== undefined && navigate(href(row))
  const tone = toneOf?.(row)
  return (
    <tr
      class={`${href === undefined ? '' : 'leads'} ${tone ?? ''}`}
      data-row={keyOf(row)}
      tabIndex={-1}
      {...(index !== undefined && { 'aria-rowindex': index + 2 })}
      {...(tone === 'marked' && { 'aria-selected': true })}
      {...(rowPx !== undefined && { style: { height: `${rowPx}px` } })}
      onClick={(event) => isPlain(event) && open()}
      onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && open()}
    >
      {columns.map(({ key, title, cell, number, without }) => (
        <td key={key} class={classOf(number, without)} {...(stacked === true && { 'data-title': title })}>
          {stacked === true ? <div>{cell(row)}</div> : cell(row)}
        </td>
      ))}
    </tr>
  )
}

export function classOf(number: boolean | undefined, without: string | undefined): string {
  return `${number === true ? 'right' : ''} ${without === undefined ? '' : `without-${without}`}`.trim()
}

/** Not on a link or a button of the row, and not while text is marked. */
function isPlain(event: MouseEvent): boolean {
  const target = event.target as Element
  return target.closest('a, button, input, select, label, summary') === null && String(getSelection()) === ''
}
