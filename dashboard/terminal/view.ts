import type { BulkPreview, Filter, Submission } from '../../src/client.ts'
import type { FormState } from './form.ts'
import { orders, type Panel } from '../model/rows.ts'
import type { Theme } from './palette.ts'

export const tabs = ['home', 'queues', 'jobs', 'dead', 'groups', 'schedules', 'workers', 'logs'] as const
export type Tab = (typeof tabs)[number]

export type BulkAction = 'retry' | 'cancel' | 'remove'

/** What a key makes the dashboard do. */
export type Command =
  /** A queue, or a group of it; without either all worker processes of this machine. */
  | { do: 'pause' | 'resume'; queue?: string; group?: string }
  | { do: 'pauseSchedule' | 'resumeSchedule' | 'runSchedule'; id: string }
  /** Jobs at once in each worker process, or of one queue over all workers of the store (null: as many as there is room for). */
  | { do: 'concurrency'; value: number | null; queue?: string }
  | { do: 'retry' | 'remove' | 'cancel' | 'rerun'; id: string }
  | { do: 'inspect'; id: string }
  | { do: 'preview'; action: BulkAction; filter: Filter }
  | { do: 'bulk'; action: BulkAction; filter: Filter; ratePerSecond?: number }
  | { do: 'stopBulk'; id: string }
  | { do: 'reload' }
  | { do: 'submit'; job: Submission }
  | { do: 'quit'; how: 'drain' | 'now' }

/** What is shown over the tabs; esc leads back. */
export type Mode =
  | { is: 'browse' }
  | { is: 'help'; scroll: number }
  | { is: 'filter'; text: string; before: string }
  | { is: 'concurrency'; text: string; queue?: string }
  | { is: 'confirm'; question: string; command: Command; back: Mode }
  | { is: 'inspect'; id: string; scroll: number }
  /** Which job to enqueue: narrowed down by what is typed. */
  | { is: 'offer'; text: string; at: number }
  | { is: 'form'; form: FormState }
  | { is: 'bulk'; action: BulkAction; filter: Filter; rate: string; preview?: BulkPreview; problem?: string }

/** What the person looks at; the keys change it. */
export interface View {
  tab: Tab
  /** The table of the home screen that the arrow keys move in. */
  focus?: Panel
  /** The selected row of each table: by its key, and by its place for when the key has gone. */
  picked: Partial<Record<Panel, { key: string; index: number }>>
  /** What each tab is narrowed down to. */
  filters: Partial<Record<Tab, string>>
  order: Partial<Record<Panel, number>>
  /** The kind of failure whose jobs are listed. */
  kind?: string
  /** The queue whose groups are shown. */
  queue?: string
  mode: Mode
  quitting: 'no' | 'drain' | 'now'
  /** What + and − have asked for and the worker has not shown yet. */
  target?: number
  /** The bulk action that was begun here last. */
  task?: string
  theme: Theme
}

export const firstView: View = {
  tab: 'home',
  picked: {},
  filters: {},
  order: {},
  mode: { is: 'browse' },
  quitting: 'no',
  theme: 'dark',
}

/** The table that has the keys, if any. */
export function activePanel(view: View): Panel | undefined {
  switch (view.tab) {
    case 'home':
      return view.focus
    case 'dead':
      return view.kind === undefined ? 'kinds' : 'dead'
    case 'workers':
      return 'processes'
    default:
      return view.tab
  }
}

export function filterOf({ tab, filters }: View): string {
  return filters[tab] ?? ''
}

export function withFilter(view: View, text: string): View {
  return { ...view, filters: { ...view.filters, [view.tab]: text } }
}

export function orderOf(view: View, panel: Panel): string {
  const names: readonly string[] = orders[panel]
  return names[(view.order[panel] ?? 0) % names.length] ?? ''
}

/** The queue whose groups and limits are shown: chosen there, or picked among the queues, or the busiest. */
export function queueOf(
  view: View,
  queues: readonly { queue: string; ready: number; running: number }[],
): string | undefined {
  const names = queues.map(({ queue }) => queue)
  const chosen = [view.queue, view.picked.queues?.key].find((one) => one !== undefined && names.includes(one))
  if (chosen !== undefined) return chosen
  return queues.toSorted((one, other) => other.ready + other.running - one.ready - one.running)[0]?.queue
}

/** A dead jobs' view without the kind it was narrowed down to. */
export function withoutKind(view: View): View {
  const { kind: _, ...rest } = view
  return rest
}
