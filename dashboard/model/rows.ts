import type { DefinitionRow, FailureRow, RunningRow, Snapshot } from '../../src/contract/dashboard.ts'
import type { QueueDepth } from '../../src/contract/driver.ts'
import type { JobView } from '../../src/client.ts'
import { definitionKey, type History } from './history.ts'

/** The tables of the home screen. */
export type HomePanel = 'queues' | 'running' | 'failures' | 'definitions'
export type Panel = HomePanel | 'jobs' | 'kinds' | 'dead' | 'groups' | 'schedules' | 'processes' | 'logs' | 'offers'

/** How full a queue is, as a worker or the store tells it. */
export type Depth = Omit<QueueDepth, 'oldestReadyMs'> & { oldestReadyMs?: number | undefined }

export interface QueueRow extends Depth {
  /** Jobs that ended here a second, in this worker. */
  perS: number
}

export interface SpeedRow extends DefinitionRow {
  perS: number
}

/** The orders a table can be shown in; the first one is the default. Numbers sort largest first. */
export const orders = {
  queues: ['busiest', 'name', 'ready', 'running', 'dead', 'rate'],
  running: ['elapsed', 'name', 'attempt'],
  failures: ['newest', 'name', 'outcome'],
  definitions: ['busiest', 'name', 'running', 'rate', 'dead', 'p99'],
  jobs: ['newest', 'name', 'state', 'attempts'],
  kinds: ['most'],
  dead: ['newest', 'name', 'group', 'error'],
  groups: ['busiest', 'name', 'ready', 'running'],
  schedules: ['next', 'name'],
  processes: ['place', 'cpu', 'memory', 'loop'],
  logs: ['newest'],
  offers: ['name'],
} as const satisfies Record<Panel, readonly string[]>

/** True when every word of the filter is contained in one of the texts, whatever the case. An empty filter matches all. */
export function matches(filter: string, texts: (string | undefined)[]): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const hay = texts.map((text) => (text ?? '').toLowerCase())
  return words.every((word) => hay.some((text) => text.includes(word)))
}

/** `queues`: of the store where it was asked, else those that the workers tell of. */
export function queueRows(
  { definitions, queues }: Pick<Snapshot, 'definitions'> & { queues: readonly Depth[] },
  history: History,
  filter = '',
  order = 'busiest',
): QueueRow[] {
  const ended = new Map<string, number>()
  for (const row of definitions) ended.set(row.queue, (ended.get(row.queue) ?? 0) + endedOf(row))
  const rows = queues
    .filter((row) => matches(filter, [row.queue, row.paused ? 'paused' : '']))
    .map((row) => ({ ...row, perS: history.ended.get(row.queue) ?? 0 }))
  return sorted(rows, order, {
    // By what it has done since the start: that order hardly ever changes, rates would make the rows dance.
    busiest: (row) => ended.get(row.queue) ?? 0,
    name: (row) => row.queue,
    ready: (row) => row.ready,
    running: (row) => row.running,
    dead: (row) => row.dead + row.quarantined,
    rate: (row) => row.perS,
  })
}

export function definitionRows(snapshot: Snapshot, history: History, filter = '', order = 'busiest'): SpeedRow[] {
  const rows = snapshot.definitions
    .filter((row) => matches(filter, [row.name, row.queue]))
    .map((row) => ({ ...row, perS: history.ended.get(definitionKey(row)) ?? 0 }))
  return sorted(rows, order, {
    busiest: endedOf,
    name: (row) => row.name,
    running: (row) => row.running,
    rate: (row) => row.perS,
    dead: (row) => row.dead,
    p99: (row) => row.runMs?.p99 ?? 0,
  })
}

export function runningRows(snapshot: Snapshot, filter = '', order = 'elapsed'): RunningRow[] {
  const rows = snapshot.slowest.filter((row) => matches(filter, [row.name, row.queue, row.group, row.id, row.doing]))
  return sorted(rows, order, {
    elapsed: (row) => row.elapsedMs,
    name: (row) => row.name,
    attempt: (row) => row.attempt,
  })
}

export function failureRows(snapshot: Snapshot, filter = '', order = 'newest'): FailureRow[] {
  const rows = snapshot.failures.filter((row) => matches(filter, [row.name, row.queue, row.id, row.error, row.outcome]))
  return sorted(rows, order, { newest: () => 0, name: (row) => row.name, outcome: (row) => row.outcome })
}

/** The store has filtered them already. */
export function jobRows(jobs: JobView[], order = 'newest'): JobView[] {
  return sorted(jobs, order, {
    newest: () => 0,
    name: ({ name }) => name,
    state: ({ state }) => state,
    group: ({ group }) => group ?? '',
    attempts: ({ attempts }) => attempts,
    error: ({ error }) => error ?? '',
  })
}

function endedOf(row: DefinitionRow): number {
  return row.done + row.retried + row.dead
}

/** Stable: rows that are equal in the order keep their places. Texts rise, numbers fall. */
export function sorted<Row>(rows: Row[], order: string, by: Record<string, (row: Row) => string | number>): Row[] {
  const key = by[order]
  if (key === undefined) return rows
  return rows.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)]
    if (typeof left === 'number' && typeof right === 'number') return right - left
    return left < right ? -1 : left > right ? 1 : 0
  })
}
