import { columnsMin, gap, layout, rowsMin } from '../model/layout.ts'
import type { HomePanel } from '../model/rows.ts'
import { fitLine, say, type Line } from './line.ts'
import { charts } from './panels/charts.ts'
import { definitionsPanel } from './panels/definitions.ts'
import { failuresPanel } from './panels/failures.ts'
import { noteLine } from './panels/footer.ts'
import { header, tabBar } from './panels/header.ts'
import { helpLines } from './panels/help.ts'
import { formPanel } from './panels/form.ts'
import { offerLines } from './panels/offer.ts'
import { footer } from './panels/hints.ts'
import { inspectLines } from './panels/inspect.ts'
import type { PanelContent } from './panels/panel.ts'
import { queuesPanel } from './panels/queues.ts'
import { runningPanel } from './panels/running.ts'
import { tabBody } from './panels/tab.ts'
import { tiles } from './panels/tiles.ts'
import type { World } from './world.ts'

const homeMakers: Record<HomePanel, (world: World) => PanelContent> = {
  queues: queuesPanel,
  running: runningPanel,
  failures: failuresPanel,
  definitions: definitionsPanel,
}

/** Where a table stands, its title included: for whoever points at it. */
export interface Place {
  panel: PanelContent
  row: number
  column: number
  rows: number
  columns: number
}

export interface Frame {
  /** Exactly as many as the screen has rows, each exactly as wide. */
  lines: Line[]
  /** The tables on it, in the order that tab walks. */
  places: Place[]
  /** How far an overlay can be scrolled. */
  scrollMax: number
}

/** Where the tabs begin, under header, bar and heading. */
export const bodyRow = 3

/** The whole screen. */
export function frame(world: World): Frame {
  const { columns, rows, view } = world
  if (columns < columnsMin || rows < rowsMin) {
    const text = say(`fiber-work needs ${columnsMin} x ${rowsMin}, this is ${columns} x ${rows}`, 'orange')
    return { lines: finished([[text]], world), places: [], scrollMax: 0 }
  }
  const lines: Line[] = Array.from({ length: rows }, () => [])
  const put = (row: number, more: Line[]) => more.forEach((line, index) => (lines[row + index] = line))
  put(0, [header(world), tabBar(world)])
  put(rows - 2, [noteLine(world), footer(world)])
  const mode = view.mode.is === 'confirm' ? view.mode.back : view.mode
  const space = rows - bodyRow - 2
  if (mode.is === 'help' || mode.is === 'inspect') {
    const all = mode.is === 'help' ? helpLines(world) : inspectLines({ ...world, view: { ...view, mode } })
    const scrollMax = Math.max(all.length - space, 0)
    put(bodyRow, all.slice(Math.min(mode.scroll, scrollMax)).slice(0, space))
    return { lines: finished(lines, world), places: [], scrollMax }
  }
  if (mode.is === 'offer' || mode.is === 'form') {
    const width = columns - 2
    const all = mode.is === 'offer' ? offerLines(world, mode, width, space) : formPanel(mode.form, world, width, space)
    put(
      bodyRow,
      all.map((line) => [say(' '), ...line]),
    )
    return { lines: finished(lines, world), places: [], scrollMax: 0 }
  }
  if (view.tab !== 'home') {
    const { above, panel, below } = tabBody(world, columns - 2, space)
    const height = space - above.length - below.length
    const drawn = [...above, ...panel.draw(columns - 2, height), ...below]
    put(bodyRow - 1, [[say(' '), ...panel.heading]])
    put(
      bodyRow,
      drawn.map((line) => [say(' '), ...line, say(' ')]),
    )
    const place = { panel, row: bodyRow + above.length, column: 1, rows: height, columns: columns - 2 }
    return { lines: finished(lines, world), places: [place], scrollMax: 0 }
  }
  const places = home(world, lines, put)
  return { lines: finished(lines, world), places, scrollMax: 0 }
}

function home(world: World, lines: Line[], put: (row: number, more: Line[]) => void): Place[] {
  const { columns, rows, glyphs, snapshot } = world
  const wishes = {
    queues: Math.max(snapshot.queues.length, 1),
    definitions: Math.max(snapshot.definitions.length, 1),
    running: 50,
    failures: 50,
  }
  const plan = layout(columns - 2, rows, wishes)
  put(plan.tilesRow, tiles(world, plan.tilesRows))
  if (plan.charts > 0) put(plan.chartsRow, charts(world, plan.charts, plan.chartsRows))
  const places: Place[] = []
  // From left to right: a line is begun by what stands at its left.
  for (const box of plan.boxes.toSorted((one, other) => one.column - other.column)) {
    const panel = homeMakers[box.panel](world)
    places.push({ ...box, panel, column: box.column + 1 })
    for (const [index, line] of panel.draw(box.columns, box.rows).entries()) {
      const row = box.row + index
      const before = box.column === 0 ? [] : fitLine(lines[row] ?? [], box.column + 1 - gap, glyphs.mark)
      lines[row] = [...before, say(' '.repeat(box.column === 0 ? 1 : gap)), ...line]
    }
  }
  return places.toSorted((one, other) => one.column - other.column || one.row - other.row)
}

/** Exactly the rows of the screen, each exactly as wide. */
function finished(lines: Line[], { columns, rows, glyphs }: World): Line[] {
  return Array.from({ length: rows }, (_, row) => fitLine(lines[row] ?? [], columns, glyphs.mark))
}
