import type { Panel } from '../../model/rows.ts'
import { count } from '../../model/format.ts'
import { say, type Line } from '../line.ts'
import { table, type Column } from '../table.ts'
import { activePanel, orderOf, type World } from '../view.ts'

/** One table, ready to be drawn in any size. */
export interface PanelContent {
  panel: Panel
  /** What each row is called across frames, so that a selection follows its row. */
  keys: string[]
  /** The job that a row stands for; a table of something else has none. */
  job(index: number): { id: string; kind: 'running' | 'waiting' | 'dead' } | undefined
  draw(columns: number, rows: number): Line[]
}

interface Recipe<Row> {
  panel: Panel
  title: string
  /** How many there are in all, if more than the rows; `unknown` when nobody counts. */
  total?: number | 'unknown'
  empty: string
  rows: Row[]
  key(row: Row): string
  job?(row: Row): { id: string; kind: 'running' | 'waiting' | 'dead' } | undefined
  columns: readonly Column<Row>[]
}

export function content<Row>(world: World, recipe: Recipe<Row>): PanelContent {
  const { view, glyphs } = world
  const { panel, rows } = recipe
  const keys = rows.map((row) => recipe.key(row))
  const active = activePanel(view) === panel
  const order = view.order[panel] === 0 ? '' : ` ${glyphs.dot} by ${orderOf(view, panel)}`
  const title = (shown: number) => [
    say(active && view.tab === 'home' ? `${glyphs.pointer} ` : '', 'blue'),
    say(recipe.title, active ? 'blue' : 'strong', { bold: true }),
    say(howMany(recipe, shown), 'dim'),
    say(order, 'dim'),
  ]
  return {
    panel,
    keys,
    job: (index) => {
      const row = rows[index]
      return row === undefined ? undefined : recipe.job?.(row)
    },
    draw: (columns, height) =>
      table(recipe.columns, rows, {
        columns,
        rows: height,
        title: title(height - 1),
        empty: view.filter === '' ? recipe.empty : `nothing matches /${view.filter}`,
        selected: active ? selectedIndex(world, { panel, keys }) : -1,
        mark: glyphs.mark,
      }),
  }
}

function howMany<Row>({ total, rows }: Recipe<Row>, shown: number): string {
  if (total === 'unknown') return ''
  return total === undefined && shown < rows.length
    ? ` ${count(shown)}/${count(rows.length)}`
    : ` ${count(total ?? rows.length)}`
}

/** Where the selection of a table is now: its row if it is still there, else its old place; −1 in an empty table. */
export function selectedIndex(
  { view }: Pick<World, 'view'>,
  { panel, keys }: Pick<PanelContent, 'panel' | 'keys'>,
): number {
  const picked = view.picked[panel]
  const index = picked === undefined ? 0 : keys.indexOf(picked.key)
  return Math.min(index >= 0 ? index : (picked?.index ?? 0), keys.length - 1)
}
