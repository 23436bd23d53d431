import type { Snapshot } from '../../src/contract/dashboard.ts'
import type { JobRecord } from '../../src/contract/job.ts'
import type { History } from '../model/history.ts'
import { orders, type Panel } from '../model/rows.ts'
import type { Glyphs } from './glyphs.ts'
import type { Tone } from './line.ts'

export const tabs = ['home', 'queues', 'running', 'dead', 'definitions'] as const
export type Tab = (typeof tabs)[number]

/** What a key makes the dashboard do. */
export type Command =
  | { do: 'pause' | 'resume'; queue?: string }
  | { do: 'concurrency'; value: number }
  | { do: 'retry' | 'remove' | 'cancel'; id: string }
  | { do: 'inspect'; id: string }
  | { do: 'quit'; how: 'drain' | 'now' }

export type Mode =
  | { is: 'browse' }
  | { is: 'help'; scroll: number }
  | { is: 'filter'; text: string; before: string }
  | { is: 'concurrency'; text: string }
  | { is: 'confirm'; question: string; command: Command; back: Mode }
  | { is: 'inspect'; id: string; scroll: number; job?: JobRecord; answered: boolean }

export interface Note {
  text: string
  tone: Tone
  /** On the monotonic clock. */
  untilMs: number
}

/** What the person looks at; the keys change it. */
export interface View {
  tab: Tab
  /** The table of the home screen that the arrow keys move in. */
  focus?: Panel
  /** The selected row of each table: by its key, and by its place for when the key has gone. */
  picked: Partial<Record<Panel, { key: string; index: number }>>
  filter: string
  order: Record<Panel, number>
  mode: Mode
  quitting: 'no' | 'drain' | 'now'
  /** What + and − have asked for and the worker has not shown yet. */
  target?: number
}

export const firstView: View = {
  tab: 'home',
  picked: {},
  filter: '',
  order: { queues: 0, running: 0, failures: 0, definitions: 0, dead: 0 },
  mode: { is: 'browse' },
  quitting: 'no',
}

/** Everything that one frame is drawn from. */
export interface World {
  snapshot: Snapshot
  history: History
  /** Of the store, newest first; undefined until the tab has been opened. */
  dead: JobRecord[] | undefined
  view: View
  note: Note | undefined
  /** How long the source has not answered; 0 while it does. */
  silentMs: number
  /** Lines that were written to stdout or stderr meanwhile. */
  captured: number
  glyphs: Glyphs
  columns: number
  rows: number
}

/** The table that has the keys, if any. */
export function activePanel(view: View): Panel | undefined {
  return view.tab === 'home' ? view.focus : view.tab
}

export function orderOf(view: View, panel: Panel): string {
  const names: readonly string[] = orders[panel]
  return names[view.order[panel] % names.length] ?? ''
}
