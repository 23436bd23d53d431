import { addCell, type Cell, emptyCell } from './cell.ts'

/** Stands for the names, or the queues, beyond a bound: no name can be this. */
export const others = '~'

/** How full a queue was when somebody looked. */
export interface Depth {
  atMs: number
  ready: number
  delayed: number
  running: number
  oldestReadyMs: number
}

/** One queue in some time. */
export interface Line {
  inFlightMax: number
  depth: Depth | undefined
  names: Map<string, Cell>
}

/** All queues in some time: a minute of one process, a minute or an hour of all of them. */
export type Span = Map<string, Line>

export function lineOf(span: Span, queue: string): Line {
  let line = span.get(queue)
  if (line === undefined) span.set(queue, (line = { inFlightMax: 0, depth: undefined, names: new Map() }))
  return line
}

export function cellOf({ names }: Line, name: string): Cell {
  let cell = names.get(name)
  if (cell === undefined) names.set(name, (cell = emptyCell()))
  return cell
}

/**
 * `beside`: the same time in another process; what ran at once there ran at once with what ran here. `after`: a later time.
 * `other`: another queue, in the same time.
 */
export type Relation = 'beside' | 'after' | 'other'

export function addSpan(into: Span, from: Span, relation: 'beside' | 'after'): void {
  for (const [queue, line] of from) addLine(lineOf(into, queue), line, relation)
}

export function addLine(into: Line, from: Line, relation: Relation): void {
  addLevels(into, from, relation)
  for (const [name, cell] of from.names) addCell(cellOf(into, name), cell)
}

/** Everything of a line but its jobs. */
export function addLevels(into: Pick<Line, 'inFlightMax' | 'depth'>, from: typeof into, relation: Relation): void {
  into.inFlightMax =
    relation === 'after' ? Math.max(into.inFlightMax, from.inFlightMax) : into.inFlightMax + from.inFlightMax
  into.depth = joined(into.depth, from.depth, relation)
}

/** All processes see the same queue: the latest look is right, but the longest wait of a longer time is the longest of any minute. */
function joined(a: Depth | undefined, b: Depth | undefined, relation: Relation): Depth | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const [earlier, later] = a.atMs <= b.atMs ? [a, b] : [b, a]
  if (relation === 'beside') return later
  const oldestReadyMs = Math.max(a.oldestReadyMs, b.oldestReadyMs)
  if (relation === 'after') return { ...later, oldestReadyMs }
  return {
    atMs: later.atMs,
    ready: earlier.ready + later.ready,
    delayed: earlier.delayed + later.delayed,
    running: earlier.running + later.running,
    oldestReadyMs,
  }
}
