import type { Frame } from './frame.ts'
import type { Key, Outcome } from './keys/key.ts'
import { move, press } from './keys.ts'
import { tabPlaces } from './panels/header.ts'
import { selectedIndex } from './panels/panel.ts'
import { activePanel } from './view.ts'
import type { World } from './world.ts'

/** A press of a button or a turn of the wheel; columns and rows count from 0. */
export interface Mouse {
  does: 'press' | 'wheelUp' | 'wheelDown'
  column: number
  row: number
}

const enter: Key = { name: 'enter', text: '' }
const wheelRows = 3

/** What pointing does: a tab opens, a row is selected and at the second press opened, the wheel moves or scrolls. */
export function point(mouse: Mouse, world: World, frame: Frame): Outcome {
  const { view } = world
  const { mode } = view
  if (mode.is === 'help' || mode.is === 'inspect') {
    if (mouse.does !== 'press') return wheel(mouse, world, frame)
    return mouse.row === 1 ? toTab(mouse, world, frame) : { view }
  }
  if (mode.is !== 'browse') return { view }
  if (mouse.does === 'press' && mouse.row === 1) return toTab(mouse, world, frame)
  const place = frame.places.find(
    ({ row, column, rows, columns }) =>
      mouse.row >= row && mouse.row < row + rows && mouse.column >= column && mouse.column < column + columns,
  )
  if (place === undefined) return { view }
  const { panel } = place
  const step = mouse.does === 'wheelUp' ? -wheelRows : wheelRows
  if (mouse.does !== 'press') return { view: move(view, panel, step) }
  const index = mouse.row - place.row - 1 + panel.first(place.rows)
  if (mouse.row === place.row || index >= panel.keys.length) return { view }
  const selected = selectedIndex(world, panel)
  if (activePanel(view) === panel.panel && index === selected) return press(enter, world, frame)
  return { view: move(view, panel, index - selected) }
}

function wheel({ does }: Mouse, world: World, frame: Frame): Outcome {
  const key = { name: does === 'wheelUp' ? 'up' : 'down', text: '' }
  let outcome: Outcome = { view: world.view }
  for (let step = 0; step < wheelRows; step += 1) outcome = press(key, { ...world, view: outcome.view }, frame)
  return outcome
}

function toTab({ column }: Mouse, world: World, frame: Frame): Outcome {
  const index = tabPlaces(world).findIndex(({ from, to }) => column >= from && column < to)
  if (index < 0) return { view: world.view }
  const text = String(index + 1)
  return press({ name: text, text }, world, frame)
}
