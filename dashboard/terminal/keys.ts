import { count } from '../model/format.ts'
import { parseConcurrency, stepConcurrency } from '../model/concurrency.ts'
import { orders } from '../model/rows.ts'
import type { Frame } from './frame.ts'
import { selectedIndex, type PanelContent } from './panels/panel.ts'
import { activePanel, tabs, type Command, type Mode, type View, type World } from './view.ts'

/** One key press: `name` as blessed calls it (`up`, `C-c`, `enter`), `text` what it types. */
export interface Key {
  name: string
  text: string
}

/** What a key press changes. */
export interface Outcome {
  view: View
  command?: Command
  /** Something to say for a moment. */
  note?: string
}

const textMax = 80

/** The whole keyboard, as a function. */
export function press(key: Key, world: World, frame: Frame): Outcome {
  const { view } = world
  const { mode } = view
  if (key.name === 'C-c') return quit(view)
  if (mode.is === 'confirm') return answer(key, view, mode)
  if (mode.is === 'filter' || mode.is === 'concurrency') return type(key, view, mode)
  if (key.name === 'q') return quit(view)
  if (mode.is === 'help' || mode.is === 'inspect') return overlay(key, view, mode, frame)
  return browse(key, world, frame)
}

function quit(view: View): Outcome {
  const how = view.quitting === 'no' ? 'drain' : 'now'
  return { view: { ...view, quitting: how, mode: { is: 'browse' } }, command: { do: 'quit', how } }
}

function answer(key: Key, view: View, mode: Mode & { is: 'confirm' }): Outcome {
  const back = { ...view, mode: mode.back }
  if (key.name === 'y' || key.text === 'Y') return { view: back, command: mode.command }
  // Enter is not a yes: it is too easily pressed once too often.
  return ['n', 'escape'].includes(key.name) || key.text === 'N' ? { view: back } : { view }
}

function type(key: Key, view: View, mode: Mode & { is: 'filter' | 'concurrency' }): Outcome {
  const into = (text: string): View => ({
    ...view,
    mode: { ...mode, text },
    ...(mode.is === 'filter' ? { filter: text } : {}),
  })
  if (key.name === 'escape')
    return { view: { ...view, mode: { is: 'browse' }, ...(mode.is === 'filter' ? { filter: mode.before } : {}) } }
  if (key.name === 'backspace') return { view: into([...mode.text].slice(0, -1).join('')) }
  if (key.name === 'C-u') return { view: into('') }
  if (key.name === 'enter' || key.name === 'linefeed') {
    if (mode.is === 'filter') return { view: { ...view, mode: { is: 'browse' } } }
    const value = parseConcurrency(mode.text)
    if (typeof value === 'string')
      return { view: { ...view, mode: { is: 'browse' } }, note: `concurrency stays: ${value}` }
    return { view: { ...view, mode: { is: 'browse' }, target: value }, command: { do: 'concurrency', value } }
  }
  const typed = key.text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '')
  return { view: into((mode.text + typed).slice(0, textMax)) }
}

const scrolls: Record<string, number> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -10,
  pagedown: 10,
  home: -1e9,
  g: -1e9,
  end: 1e9,
  G: 1e9,
  'S-g': 1e9,
}

function overlay(key: Key, view: View, mode: Mode & { is: 'help' | 'inspect' }, frame: Frame): Outcome {
  const step = scrolls[key.name]
  if (step !== undefined) {
    const scroll = Math.min(Math.max(Math.min(mode.scroll, frame.scrollMax) + step, 0), frame.scrollMax)
    return { view: { ...view, mode: { ...mode, scroll } } }
  }
  if (
    key.name === 'escape' ||
    key.name === 'backspace' ||
    key.name === 'enter' ||
    (key.text === '?' && mode.is === 'help')
  ) {
    return { view: { ...view, mode: { is: 'browse' } } }
  }
  if (mode.is === 'inspect' && mode.job !== undefined && (key.name === 'r' || key.name === 'x')) {
    const { state } = mode.job
    const kind = state === 'running' ? 'running' : ['blocked', 'ready', 'delayed'].includes(state) ? 'waiting' : 'dead'
    return act(key.name, { id: mode.id, kind }, view)
  }
  return jump(key, view) ?? { view }
}

/** 1 … 5 from wherever one is. */
function jump(key: Key, view: View): Outcome | undefined {
  const tab = /^[1-5]$/.test(key.text) ? tabs[Number(key.text) - 1] : undefined
  return tab === undefined ? undefined : { view: { ...view, tab, mode: { is: 'browse' } } }
}

function browse(key: Key, world: World, frame: Frame): Outcome {
  const { view, snapshot } = world
  const panel = frame.shown.find((one) => one.panel === activePanel(view))
  const step = scrolls[key.name]
  if (step !== undefined) return { view: move(view, panel ?? frame.shown[0], panel === undefined ? 0 : step) }
  if (key.name === 'tab' || key.name === 'right') return { view: walk(view, frame, 1) }
  if (key.name === 'S-tab' || key.name === 'left') return { view: walk(view, frame, -1) }
  if (key.text === '?') return { view: { ...view, mode: { is: 'help', scroll: 0 } } }
  if (key.text === '/') return { view: { ...view, mode: { is: 'filter', text: view.filter, before: view.filter } } }
  if (key.text === '+' || key.text === '=') return concurrency(world, 1)
  if (key.text === '-' || key.text === '_') return concurrency(world, -1)
  if (key.name === 'c') return { view: { ...view, mode: { is: 'concurrency', text: '' } } }
  if (key.name === 's' && panel !== undefined) return sort(view, panel)
  if (key.name === 'space' || key.name === 'p') return pause(view, panel, world)
  if (key.name === 'escape') return { view: escape(view) }
  const job = panel?.job(selectedIndex(world, panel))
  if (job !== undefined && (key.name === 'enter' || key.name === 'linefeed')) {
    return {
      view: { ...view, mode: { is: 'inspect', id: job.id, scroll: 0, answered: false } },
      command: { do: 'inspect', id: job.id },
    }
  }
  if (key.name === 'r' || key.name === 'x') {
    return job === undefined
      ? { view, note: `select a job first: tab to a table, then the arrow keys` }
      : act(key.name, job, view)
  }
  if (snapshot.worker.state === 'stopped' && key.name === 'enter') return { view }
  return jump(key, view) ?? { view }
}

function move(view: View, panel: PanelContent | undefined, step: number): View {
  if (panel === undefined || panel.keys.length === 0) return view
  const index = Math.min(Math.max(selectedIndex({ view }, panel) + step, 0), panel.keys.length - 1)
  const picked = { ...view.picked, [panel.panel]: { key: panel.keys[index] ?? '', index } }
  return { ...view, picked, ...(view.tab === 'home' ? { focus: panel.panel } : {}) }
}

/** On the home screen from table to table, with one stop at none; elsewhere from tab to tab. */
function walk(view: View, frame: Frame, step: 1 | -1): View {
  const { focus: _, ...rest } = view
  if (view.tab !== 'home')
    return { ...rest, tab: tabs[(tabs.indexOf(view.tab) + step + tabs.length) % tabs.length] ?? 'home' }
  const stops = [undefined, ...frame.shown.map(({ panel }) => panel)]
  const at = Math.max(stops.indexOf(view.focus), 0)
  const focus = stops[(at + step + stops.length) % stops.length]
  return focus === undefined ? rest : { ...rest, focus }
}

function escape(view: View): View {
  if (view.filter !== '') return { ...view, filter: '' }
  const { focus, ...rest } = view
  return focus === undefined ? { ...rest, tab: 'home' } : rest
}

function sort(view: View, { panel }: PanelContent): Outcome {
  const names: readonly string[] = orders[panel]
  const next = (view.order[panel] + 1) % names.length
  return { view: { ...view, order: { ...view.order, [panel]: next } }, note: `sorted by ${names[next] ?? ''}` }
}

function concurrency(world: World, direction: 1 | -1): Outcome {
  const { view, snapshot } = world
  const value = stepConcurrency(view.target ?? snapshot.fibers.concurrency, direction)
  return {
    view: { ...view, target: value },
    command: { do: 'concurrency', value },
    note: `concurrency ${count(value)}`,
  }
}

function pause(view: View, panel: PanelContent | undefined, world: World): Outcome {
  if (panel?.panel !== 'queues')
    return { view, command: { do: world.snapshot.worker.state === 'paused' ? 'resume' : 'pause' } }
  const queue = panel.keys[selectedIndex(world, panel)]
  if (queue === undefined) return { view }
  const paused = world.snapshot.queues.some((row) => row.queue === queue && row.paused)
  return { view, command: { do: paused ? 'resume' : 'pause', queue } }
}

function act(key: 'r' | 'x', job: { id: string; kind: 'running' | 'waiting' | 'dead' }, view: View): Outcome {
  const ask = (question: string, command: Command): Outcome => ({
    view: { ...view, mode: { is: 'confirm', question, command, back: view.mode } },
  })
  if (key === 'r')
    return job.kind === 'running' ? { view, note: 'it runs already' } : { view, command: { do: 'retry', id: job.id } }
  if (job.kind === 'dead')
    return ask('Drop this job for good, with its input and its error?', { do: 'remove', id: job.id })
  return ask(`Cancel this ${job.kind} job?`, { do: 'cancel', id: job.id })
}
