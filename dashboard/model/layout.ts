import type { Panel } from './rows.ts'

export interface Box {
  panel: Panel
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
export type Wishes = Record<Exclude<Panel, 'dead'>, number>

export const columnsMin = 40
export const rowsMin = 8
/** Between two columns of tables, and between charts. */
export const gap = 3

const twoColumnsFrom = 132

/** The home screen for a terminal of this size: what does not fit is dropped, the least needed first. */
export function layout(columns: number, rows: number, wishes: Wishes): Layout {
  const airy = rows >= 30
  const tiles = rows >= 36 && columns >= 110 ? 'big' : rows >= 14 ? 'plain' : 'short'
  const tilesRow = airy ? 3 : 2
  const tilesRows = { big: 5, plain: 3, short: 2 }[tiles]
  const chartsRow = tilesRow + tilesRows + (airy ? 1 : 0)
  const chartsRows = rows >= 46 ? 8 : rows >= 38 ? 6 : rows >= 28 ? 4 : rows >= 23 ? 3 : rows >= 18 ? 2 : 0
  const charts = chartsRows === 0 ? 0 : columns >= 160 ? 4 : columns >= 110 ? 3 : columns >= 56 ? 2 : 1
  const top = chartsRow + chartsRows + (airy && chartsRows > 0 ? 1 : 0)
  const noteRow = rows - 2
  const footerRow = rows - 1
  const space = Math.max(noteRow - top - (airy ? 1 : 0), 0)
  const boxes =
    columns >= twoColumnsFrom ? twoColumns(columns, top, space, wishes, airy) : stack(['queues', 'running', 'failures', 'definitions'], 0, columns, top, space, wishes, airy)
  return { columns, rows, tiles, tilesRow, tilesRows, charts, chartsRow, chartsRows, boxes, noteRow, footerRow }
}

function twoColumns(columns: number, top: number, space: number, wishes: Wishes, airy: boolean): Box[] {
  const left = Math.floor((columns - gap) / 2)
  return [
    ...stack(['queues', 'definitions'], 0, left, top, space, wishes, airy),
    ...stack(['running', 'failures'], left + gap, columns - left - gap, top, space, wishes, airy),
  ]
}

/** What is kept when not all fit: queues say where, failures why, running what now. */
const importance: Panel[] = ['queues', 'failures', 'running', 'definitions']
const leastRows = 3

function stack(names: Exclude<Panel, 'dead'>[], column: number, columns: number, top: number, space: number, wishes: Wishes, airy: boolean): Box[] {
  const air = airy ? 1 : 0
  const fitting = Math.floor((space + air) / (leastRows + air))
  const kept = importance.filter((name) => names.some((other) => other === name)).slice(0, fitting)
  const shown = names.filter((name) => kept.includes(name))
  const heights = share(
    space - air * Math.max(shown.length - 1, 0),
    shown.map((name) => wishes[name] + 1),
  )
  let row = top
  return shown.map((panel, index) => {
    const box = { panel, column, row, columns, rows: heights[index] ?? 0 }
    row += box.rows + air
    return box
  })
}

/** Everybody gets the least, then one more each in turn until the wishes or the space are used up; the rest goes to those whose lists are endless. */
function share(space: number, wishes: number[]): number[] {
  const heights = wishes.map(() => leastRows)
  let left = space - leastRows * wishes.length
  while (left > 0) {
    const wanting = heights.map((height, index) => (height < (wishes[index] ?? 0) ? index : -1)).filter((index) => index >= 0)
    if (wanting.length === 0) return heights
    for (const index of wanting.slice(0, left)) heights[index] = (heights[index] ?? 0) + 1
    left -= Math.min(wanting.length, left)
  }
  return heights
}
