import type { HomePanel } from './rows.ts'

export interface Box {
  panel: HomePanel
  column: number
  row: number
  columns: number
  rows: number
}

/** Where everything of the home screen stands. Rows count from 0; a part that does not fit has height 0 or is absent. */
export interface Layout {
  columns: number
  rows: number
  /** `big`: five rows with large digits; `plain`: three; `short`: two, without details. */
  tiles: 'big' | 'plain' | 'short'
  tilesRow: number
  tilesRows: number
  charts: number
  chartsRow: number
  /** Title included. */
  chartsRows: number
  boxes: Box[]
  /** Messages and warnings. */
  noteRow: number
  footerRow: number
}

/** How many rows each table would like to show, its title aside. */
export type Wishes = Record<HomePanel, number>

export const columnsMin = 40
export const rowsMin = 8
/** Between two columns of tables, and between charts. */
export const gap = 3

const twoColumnsFrom = 132

/** The home screen for a terminal of this size: what does not fit is dropped, the least needed first. */
export function layout(columns: number, rows: number, wishes: Wishes): Layout {
  // Blank rows are dear: between the bands first, between the tables only where those have room.
  const airy = rows >= 28
  const airyTables = rows >= (columns >= twoColumnsFrom ? 36 : 44)
  const tiles = rows >= 36 && columns >= 110 ? 'big' : rows >= 14 ? 'plain' : 'short'
  const tilesRow = airy ? 3 : 2
  const tilesRows = { big: 5, plain: 3, short: 2 }[tiles]
  const chartsRow = tilesRow + tilesRows + (airy ? 1 : 0)
  const chartsRows = rows >= 46 ? 8 : rows >= 38 ? 6 : rows >= 28 ? 4 : rows >= 23 ? 3 : rows >= 18 ? 2 : 0
  const charts = chartsRows === 0 ? 0 : columns >= 160 ? 4 : columns >= 110 ? 3 : columns >= 56 ? 2 : 1
  const top = chartsRow + chartsRows + (airy && chartsRows > 0 ? 1 : 0)
  const noteRow = rows - 2
  const footerRow = rows - 1
  const space = Math.max(noteRow - top - (airyTables ? 1 : 0), 0)
  const boxes =
    columns >= twoColumnsFrom
      ? twoColumns(columns, top, space, wishes, airyTables)
      : stack(['queues', 'running', 'failures', 'definitions'], 0, columns, top, space, wishes, airyTables)
  return { columns, rows, tiles, tilesRow, tilesRows, charts, chartsRow, chartsRows, boxes, noteRow, footerRow }
}

function twoColumns(columns: number, top: number, space: number, wishes: Wishes, airy: boolean): Box[] {
  const left = Math.floor((columns - gap) / 2)
  return [
    ...stack(['queues', 'definitions', 'failures'], 0, left, top, space, wishes, airy),
    ...stack(['running'], left + gap, columns - left - gap, top, space, wishes, airy),
  ]
}

/** What is kept when not all fit: queues say where, failures why, running what now. */
const importance: HomePanel[] = ['queues', 'failures', 'running', 'definitions']
const leastRows = 3
/** A few queues are all shown before another table grows. */
const queuesFirmRows = 6

function stack(
  names: HomePanel[],
  column: number,
  columns: number,
  top: number,
  space: number,
  wishes: Wishes,
  airy: boolean,
): Box[] {
  const air = airy ? 1 : 0
  const fitting = Math.floor((space + air) / (leastRows + air))
  const kept = importance.filter((name) => names.some((other) => other === name)).slice(0, fitting)
  const shown = names.filter((name) => kept.includes(name))
  const heights = share(
    space - air * Math.max(shown.length - 1, 0),
    shown.map((name) => ({
      wish: wishes[name] + 1,
      firm: name === 'queues' ? Math.min(wishes.queues + 1, queuesFirmRows) : leastRows,
    })),
  )
  let row = top
  return shown.map((panel, index) => {
    const box = { panel, column, row, columns, rows: heights[index] ?? 0 }
    row += box.rows + air
    return box
  })
}

/** Everybody gets the least, then what is firm, then one row more each in turn until the wishes or the space are used up. */
function share(space: number, tables: { wish: number; firm: number }[]): number[] {
  const heights = tables.map(() => leastRows)
  let left = space - leastRows * tables.length
  const grow = (index: number, by: number) => {
    const rows = Math.max(Math.min(by, left), 0)
    heights[index] = (heights[index] ?? 0) + rows
    left -= rows
  }
  for (const [index, { firm }] of tables.entries()) grow(index, firm - leastRows)
  while (left > 0) {
    const wanting = tables.flatMap(({ wish }, index) => ((heights[index] ?? 0) < wish ? [index] : []))
    if (wanting.length === 0) break
    for (const index of wanting) grow(index, 1)
  }
  return heights
}
