import type { Filter } from '../../../src/client.ts'
import type { Panel } from '../../model/rows.ts'
import { count } from '../../model/format.ts'
import { whyNothing } from '../error-text.ts'
import { say, type Line } from '../line.ts'
import type { Looked } from '../looks.ts'
import { firstShown, table, type Column } from '../table.ts'
import { activePanel, filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'

/** What a row stands for: it decides what the keys do there. */
export type Target =
  | { is: 'job'; id: string; kind: 'running' | 'waiting' | 'ended'; queue: string; group?: string | undefined }
  | { is: 'queue'; queue: string; paused: boolean; concurrencyMax?: number | undefined }
  | { is: 'group'; queue: string; group: string; frozen: boolean }
  | { is: 'kind'; key: string; filter: Filter; queue: string; group?: string | undefined }
  | { is: 'schedule'; id: string; paused: boolean; lastId?: string | undefined }

/** One table, ready to be drawn in any size. */
export interface PanelContent {
  panel: Panel
  /** What each row is called across frames, so that a selection follows its row. */
  keys: string[]
  target(index: number): Target | undefined
  /** What it is and how many: the home screen has it in the table, a tab above it. */
  heading: Line
  draw(columns: number, rows: number): Line[]
  /** The row at the top, when so many rows are shown, the title included. */
  first(rows: number): number
}

interface Recipe<Row> {
  panel: Panel
  title: string
  /** Said behind the number of rows. */
  more?: string
  /** How many there are in all, if more than the rows; `unknown` when nobody counts. */
  total?: number | 'unknown'
  /** Where the rows come from, when they were asked for: what is said while there are none. */
  looked?: Looked<unknown>
  empty: string
  rows: Row[]
  key(row: Row): string
  target?(row: Row): Target | undefined
  columns: readonly Column<Row>[]
}

export function content<Row>(world: World, recipe: Recipe<Row>): PanelContent {
  const { view, glyphs } = world
  const { panel, rows } = recipe
  const keys = rows.map((row) => recipe.key(row))
  const active = activePanel(view) === panel
  const order = (view.order[panel] ?? 0) === 0 ? '' : ` ${glyphs.dot} by ${orderOf(view, panel)}`
  const selected = active ? selectedIndex(world, { panel, keys }) : -1
  const isHome = view.tab === 'home'
  const heading = (shown: number) => [
    say(active && isHome ? `${glyphs.pointer} ` : '', 'blue'),
    say(recipe.title, active ? 'blue' : 'strong', { bold: true }),
    say(howMany(recipe, shown), 'dim'),
    say(`${recipe.more ?? ''}${order}`, 'dim'),
  ]
  return {
    panel,
    keys,
    target: (index) => {
      const row = rows[index]
      return row === undefined ? undefined : recipe.target?.(row)
    },
    heading: heading(rows.length),
    draw: (columns, height) =>
      table(recipe.columns, rows, {
        columns,
        rows: height,
        title: isHome ? heading(height - 1) : [say(recipe.columns[0]?.title ?? '', 'dim')],
        ...emptiness(world, recipe),
        selected,
        mark: glyphs.mark,
      }),
    first: (height) => firstShown(selected, height - 1, rows.length),
  }
}

function emptiness<Row>({ view }: World, { looked, empty }: Recipe<Row>): { empty: string; emptyTone?: 'orange' } {
  if (looked?.error !== undefined) return { empty: whyNothing(looked.error), emptyTone: 'orange' }
  if (looked !== undefined && looked.value === undefined) return { empty: 'Asking …' }
  const filter = filterOf(view)
  return { empty: filter === '' ? empty : `Nothing matches /${filter}. esc shows all again.` }
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
