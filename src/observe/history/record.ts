import { type Buckets, packBuckets, unpackInto } from './buckets.ts'
import { addCell, type Cell, counted, emptyCell, weightOf } from './cell.ts'
import { addLine, cellOf, type Line, lineOf, others, type Span } from './span.ts'

/** What a ledger takes, with some room. */
export const recordBytesMax = 60 * 1_024

const format = 1

type StoredCell = [counts: number[], runMs: number, waitMs: number, run: number[], wait: number[]]
type StoredDepth = [atMs: number, ready: number, delayed: number, running: number, oldestReadyMs: number]
interface StoredLine {
  f: number
  d?: StoredDepth
  n: Record<string, StoredCell>
}

/** The text of a record. What is too large loses detail, the quietest first: names, then queues, are counted together. */
export function writeSpan(span: Span, bytesMax = recordBytesMax): string {
  for (let shown = span; ;) {
    const text = JSON.stringify({
      v: format,
      q: Object.fromEntries([...shown].map(([name, of]) => [name, stored(of)])),
    })
    if (Buffer.byteLength(text) <= bytesMax) return text
    const coarser = coarserOf(shown)
    if (coarser === undefined) return JSON.stringify({ v: format, q: {} })
    shown = coarser
  }
}

/** Undefined for what is not ours, is damaged, or was written by a later version. */
export function readSpan(text: string): Span | undefined {
  try {
    const { v, q } = JSON.parse(text) as { v: unknown; q: Record<string, StoredLine> }
    if (v !== format || typeof q !== 'object') return undefined
    return new Map(Object.entries(q).map(([queue, line]) => [queue, opened(line)]))
  } catch {
    return undefined
  }
}

function stored({ inFlightMax, depth, names }: Line): StoredLine {
  return {
    f: inFlightMax,
    ...(depth && { d: [depth.atMs, depth.ready, depth.delayed, depth.running, Math.round(depth.oldestReadyMs)] }),
    n: Object.fromEntries([...names].map(([name, cell]) => [name, storedCell(cell)])),
  }
}

function storedCell({ counts, runMs, waitMs, run, wait }: Cell): StoredCell {
  return [counts, Math.round(runMs), Math.round(waitMs), packBuckets(run), packBuckets(wait)]
}

function opened({ f, d, n }: StoredLine): Line {
  const line: Line = { inFlightMax: numberIn(f), depth: undefined, names: new Map() }
  if (d !== undefined) {
    const [atMs, ready, delayed, running, oldestReadyMs] = d.map(numberIn) as StoredDepth
    line.depth = { atMs, ready, delayed, running, oldestReadyMs }
  }
  for (const [name, cell] of Object.entries(n)) line.names.set(name, openedCell(cell))
  return line
}

function openedCell([counts, runMs, waitMs, run, wait]: StoredCell): Cell {
  const cell = emptyCell()
  counted.forEach((_, at) => (cell.counts[at] = numberIn(counts[at])))
  cell.runMs = numberIn(runMs)
  cell.waitMs = numberIn(waitMs)
  fill(cell.run, run)
  fill(cell.wait, wait)
  return cell
}

const fill = (buckets: Buckets, packed: number[]): void => unpackInto(buckets, packed.map(numberIn))

/** Throws for anything but a number: such a record is damaged. */
function numberIn(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new TypeError('not a count')
}

/** Half as many names a queue; where there is one each, half as many queues. Undefined when there is nothing left to put together. */
function coarserOf(span: Span): Span | undefined {
  const isDetailed = [...span.values()].some(({ names }) => names.size > 1)
  if (isDetailed) return new Map([...span].map(([queue, line]) => [queue, { ...line, names: fewerNames(line.names) }]))
  return span.size > 1 ? fewerQueues(span) : undefined
}

function fewerNames(names: Map<string, Cell>): Map<string, Cell> {
  const { kept, rest } = halves([...names], weightOf)
  const line: Line = { inFlightMax: 0, depth: undefined, names: new Map(kept) }
  for (const [, cell] of rest) addCell(cellOf(line, others), cell)
  return line.names
}

function fewerQueues(span: Span): Span {
  const weight = ({ names }: Line) => [...names.values()].reduce((sum, cell) => sum + weightOf(cell), 0)
  const { kept, rest } = halves([...span], weight)
  const fewer: Span = new Map(kept)
  for (const [, line] of rest) addLine(lineOf(fewer, others), asOthers(line), 'other')
  return fewer
}

function asOthers(line: Line): Line {
  const cell = emptyCell()
  for (const of of line.names.values()) addCell(cell, of)
  return { ...line, names: new Map([[others, cell]]) }
}

/** The busier half stays; what stands for others already is among the rest. */
function halves<V>(entries: [string, V][], weight: (value: V) => number): { kept: [string, V][]; rest: [string, V][] } {
  const named = entries.filter(([name]) => name !== others).toSorted(([, a], [, b]) => weight(b) - weight(a))
  const keep = Math.floor(named.length / 2)
  return { kept: named.slice(0, keep), rest: [...named.slice(keep), ...entries.filter(([name]) => name === others)] }
}
