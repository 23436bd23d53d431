import { orders } from '../model/rows.ts'
import type { Frame } from './frame.ts'
import { act, actKeys } from './keys/acts.ts'
import { fillForm, pickOffer } from './keys/form.ts'
import { isEnter, type Key, type Outcome } from './keys/key.ts'
import { answer, type as typeInto } from './keys/typing.ts'
import { queuesOf } from './panels/groups.ts'
import { selectedIndex, type PanelContent } from './panels/panel.ts'
import { activePanel, filterOf, queueOf, tabs, withFilter, withoutKind, type Mode, type View } from './view.ts'
import type { World } from './world.ts'

/** The whole keyboard, as a function. */
export function press(key: Key, world: World, frame: Frame): Outcome {
  const { view } = world
  const { mode } = view
  if (key.name === 'C-c') return quit(view)
  if (mode.is === 'confirm') return answer(key, view, mode)
  if (mode.is === 'filter' || mode.is === 'concurrency' || mode.is === 'bulk') return typeInto(key, view, mode)
  if (mode.is === 'offer') return pickOffer(key, world, mode)
  if (mode.is === 'form') return fillForm(key, world, mode)
  if (key.name === 'q') return quit(view)
  if (mode.is === 'help' || mode.is === 'inspect') return overlay(key, world, mode, frame)
  return browse(key, world, frame)
}

function quit(view: View): Outcome {
  const how = view.quitting === 'no' ? 'drain' : 'now'
  return { view: { ...view, quitting: how, mode: { is: 'browse' } }, command: { do: 'quit', how } }
}

const scrolls: Record<string, number> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -10,
  'C-u': -10,
  pagedown: 10,
  'C-d': 10,
  home: -1e9,
  g: -1e9,
  end: 1e9,
  G: 1e9,
  'S-g': 1e9,
}

function overlay(key: Key, world: World, mode: Mode & { is: 'help' | 'inspect' }, frame: Frame): Outcome {
  const { view } = world
  const step = scrolls[key.name]
  if (step !== undefined) {
    const scroll = Math.min(Math.max(Math.min(mode.scroll, frame.scrollMax) + step, 0), frame.scrollMax)
    return { view: { ...view, mode: { ...mode, scroll } } }
  }
  const leaves = ['escape', 'backspace', 'left', 'h'].includes(key.name)
  if (leaves || isEnter(key) || (key.text === '?' && mode.is === 'help')) {
    return { view: { ...view, mode: { is: 'browse' } } }
  }
  if (mode.is === 'inspect' && ['r', 'e', 'x'].includes(key.name)) return actOnOpened(key, world, mode)
  return jump(key, view) ?? { view }
}

function actOnOpened(key: Key, world: World, mode: Mode & { is: 'inspect' }): Outcome {
  const { value, about } = world.data.job
  if (value === undefined || about !== mode.id)
    return { view: world.view, note: 'it is not known yet what this job does' }
  const { id, state, queue, group } = value.job
  const kind = state === 'running' ? 'running' : ['blocked', 'ready', 'delayed'].includes(state) ? 'waiting' : 'ended'
  return act(key, world, { is: 'job', id, kind, queue, group }) ?? { view: world.view }
}

/** 1 … 8 from wherever one is. */
function jump(key: Key, view: View): Outcome | undefined {
  const tab = /^[1-8]$/.test(key.text) ? tabs[Number(key.text) - 1] : undefined
  return tab === undefined ? undefined : { view: { ...withoutKind(view), tab, mode: { is: 'browse' } } }
}

function browse(key: Key, world: World, frame: Frame): Outcome {
  const { view } = world
  const panels = frame.places.map(({ panel }) => panel)
  const panel = panels.find((one) => one.panel === activePanel(view))
  const step = scrolls[key.name]
  if (step !== undefined) return { view: move(view, panel ?? panels[0], panel === undefined ? 0 : step) }
  if (['tab', 'right', 'l'].includes(key.name)) return { view: walk(view, panels, 1, key.name === 'tab') }
  if (['S-tab', 'left', 'h'].includes(key.name)) return { view: walk(view, panels, -1, key.name === 'S-tab') }
  if (key.text === '?') return { view: { ...view, mode: { is: 'help', scroll: 0 } } }
  if (key.text === '/') {
    const text = filterOf(view)
    return { view: { ...view, mode: { is: 'filter', text, before: text } } }
  }
  if ((key.text === '[' || key.text === ']') && view.tab === 'groups')
    return otherQueue(world, key.text === ']' ? 1 : -1)
  if (key.name === 'n') return { view: { ...view, mode: { is: 'offer', text: '', at: 0 } } }
  if (key.name === 's' && panel !== undefined) return sort(view, panel)
  if (key.name === 'escape' || key.name === 'backspace') return { view: escape(view) }
  const target = panel?.target(selectedIndex(world, panel))
  if (isEnter(key)) return target === undefined ? { view } : open(view, target)
  if (actKeys.has(key.name) || actKeys.has(key.text)) {
    const outcome = act(key, world, target)
    if (outcome !== undefined) return outcome
  }
  return jump(key, view) ?? { view }
}

/** Into what is selected. */
function open(view: View, target: NonNullable<ReturnType<PanelContent['target']>>): Outcome {
  const inspect = (id: string): Outcome => ({
    view: { ...view, mode: { is: 'inspect', id, scroll: 0 } },
    command: { do: 'inspect', id },
  })
  switch (target.is) {
    case 'job':
      return inspect(target.id)
    case 'schedule':
      return target.lastId === undefined ? { view, note: 'it has not run yet' } : inspect(target.lastId)
    case 'kind':
      return { view: { ...view, kind: target.key } }
    case 'queue':
      return { view: withFilter({ ...view, tab: 'jobs' }, `queue:${target.queue}`) }
    case 'group': {
      const group = /^[^\s"\\]+$/.test(target.group) ? target.group : JSON.stringify(target.group)
      return { view: withFilter({ ...view, tab: 'jobs' }, `queue:${target.queue} group:${group}`) }
    }
  }
}

export function move(view: View, panel: PanelContent | undefined, step: number): View {
  if (panel === undefined || panel.keys.length === 0) return view
  const index = Math.min(Math.max(selectedIndex({ view }, panel) + step, 0), panel.keys.length - 1)
  const picked = { ...view.picked, [panel.panel]: { key: panel.keys[index] ?? '', index } }
  return { ...view, picked, ...(view.tab === 'home' ? { focus: panel.panel } : {}) }
}

/** With tab on the home screen from table to table, with one stop at none; else from tab to tab. */
function walk(view: View, panels: PanelContent[], step: 1 | -1, throughTables: boolean): View {
  const { focus: _, ...rest } = view
  if (view.tab !== 'home' || !throughTables)
    return { ...withoutKind(rest), tab: tabs[(tabs.indexOf(view.tab) + step + tabs.length) % tabs.length] ?? 'home' }
  const stops = [undefined, ...panels.map(({ panel }) => panel)]
  const at = Math.max(stops.indexOf(view.focus), 0)
  const focus = stops[(at + step + stops.length) % stops.length]
  return focus === undefined ? rest : { ...rest, focus }
}

function escape(view: View): View {
  if (view.kind !== undefined) return withoutKind(view)
  if (filterOf(view) !== '') return withFilter(view, '')
  const { focus, ...rest } = view
  return focus === undefined ? { ...rest, tab: 'home' } : rest
}

function sort(view: View, { panel }: PanelContent): Outcome {
  const names: readonly string[] = orders[panel]
  const next = ((view.order[panel] ?? 0) + 1) % names.length
  return { view: { ...view, order: { ...view.order, [panel]: next } }, note: `sorted by ${names[next] ?? ''}` }
}

function otherQueue(world: World, step: 1 | -1): Outcome {
  const queues = queuesOf(world)
  const names = queues.map(({ queue }) => queue)
  const at = names.indexOf(queueOf(world.view, queues) ?? '')
  const queue = names[(at + step + names.length) % Math.max(names.length, 1)]
  return { view: queue === undefined ? world.view : { ...world.view, queue } }
}
