import { columnsMin, gap, layout, rowsMin } from '../model/layout.ts'
import { panels, type Panel } from '../model/rows.ts'
import { fitLine, say, type Line } from './line.ts'
import { charts } from './panels/charts.ts'
import { deadPanel } from './panels/dead.ts'
import { definitionsPanel } from './panels/definitions.ts'
import { failuresPanel } from './panels/failures.ts'
import { footer, noteLine } from './panels/footer.ts'
import { header, tabBar } from './panels/header.ts'
import { helpLines } from './panels/help.ts'
import { inspectLines } from './panels/inspect.ts'
import type { PanelContent } from './panels/panel.ts'
import { queuesPanel } from './panels/queues.ts'
import { runningPanel } from './panels/running.ts'
import { tiles } from './panels/tiles.ts'
import type { World } from './view.ts'

const makers: Record<Panel, (world: World) => PanelContent> = {
  queues: queuesPanel,
  running: runningPanel,
  failures: failuresPanel,
  definitions: definitionsPanel,
  dead: deadPanel,
}

export interface Frame {
  /** Exactly as many as the screen has rows, each exactly as wide. */
  lines: Line[]
  /** The tables on it, in the order that tab walks. */
  shown: PanelContent[]
  /** How far an overlay can be scrolled. */
  scrollMax: number
}

/** The whole screen. */
export function frame(world: World): Frame {
  const { columns, rows, view } = world
  if (columns < columnsMin || rows < rowsMin) {
    const text = say(`fiber-work needs ${columnsMin} x ${rowsMin}, this is ${columns} x ${rows}`, 'orange')
    return { lines: finished([[text]], world), shown: [], scrollMax: 0 }
  }
  const lines: Line[] = Array.from({ length: rows }, () => [])
  const put = (row: number, more: Line[]) => more.forEach((line, index) => (lines[row + index] = line))
  put(0, [header(world), tabBar(world)])
  put(rows - 2, [noteLine(world), footer(world)])
  const mode = view.mode.is === 'confirm' ? view.mode.back : view.mode
  if (mode.is === 'help' || mode.is === 'inspect') {
    const all = mode.is === 'help' ? helpLines(world) : inspectLines({ ...world, view: { ...view, mode } })
    const scrollMax = Math.max(all.length - (rows - 5), 0)
    put(3, all.slice(Math.min(mode.scroll, scrollMax)).slice(0, rows - 5))
    return { lines: finished(lines, world), shown: [], scrollMax }
  }
  if (view.tab !== 'home') {
    const panel = makers[view.tab](world)
    put(
      3,
      panel.draw(columns - 2, rows - 5).map((line) => [say(' '), ...line, say(' ')]),
    )
    return { lines: finished(lines, world), shown: [panel], scrollMax: 0 }
  }
  const shown = home(world, lines, put)
  return { lines: finished(lines, world), shown, scrollMax: 0 }
}

function home(world: World, lines: Line[], put: (row: number, more: Line[]) => void): PanelContent[] {
  const { columns, rows, glyphs, snapshot } = world
  const contents = panels.map((panel) => makers[panel](world))
  const wishes = {
    queues: Math.max(snapshot.queues.length, 1),
    definitions: Math.max(snapshot.definitions.length, 1),
    running: 50,
    failures: 50,
  }
  const plan = layout(columns - 2, rows, wishes)
  put(plan.tilesRow, tiles(world, plan.tilesRows))
  if (plan.charts > 0) put(plan.chartsRow, charts(world, plan.charts, plan.chartsRows))
  const shown: PanelContent[] = []
  for (const box of plan.boxes) {
    const panel = contents.find((one) => one.panel === box.panel)
    if (panel === undefined) continue
    shown.push(panel)
    for (const [index, line] of panel.draw(box.columns, box.rows).entries()) {
      const row = box.row + index
      const before = box.column === 0 ? [] : fitLine(lines[row] ?? [], box.column + 1 - gap, glyphs.mark)
      lines[row] = [...before, say(' '.repeat(box.column === 0 ? 1 : gap)), ...line]
    }
  }
  return shown
}

/** Exactly the rows of the screen, each exactly as wide. */
function finished(lines: Line[], { columns, rows, glyphs }: World): Line[] {
  return Array.from({ length: rows }, (_, row) => fitLine(lines[row] ?? [], columns, glyphs.mark))
}
