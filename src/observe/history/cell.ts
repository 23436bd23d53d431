import { type Buckets, bucketOf, emptyBuckets } from './buckets.ts'

/** What is counted of jobs, in the order in which it is stored. */
export const counted = [
  'enqueued',
  'started',
  'done',
  'retried',
  'released',
  'dead',
  'cancelled',
  'quarantined',
] as const

/** What happened to the jobs of one name in some time. */
export interface Cell {
  /** As `counted` orders them. */
  counts: number[]
  runMs: number
  waitMs: number
  run: Buckets
  wait: Buckets
}

export const emptyCell = (): Cell => ({
  counts: counted.map(() => 0),
  runMs: 0,
  waitMs: 0,
  run: emptyBuckets(),
  wait: emptyBuckets(),
})

export function addCell(into: Cell, from: Cell): void {
  from.counts.forEach((count, at) => (into.counts[at]! += count))
  into.runMs += from.runMs
  into.waitMs += from.waitMs
  from.run.forEach((count, at) => (into.run[at]! += count))
  from.wait.forEach((count, at) => (into.wait[at]! += count))
}

export function countStart(cell: Cell, waitedMs: number): void {
  cell.counts[1]!++
  const ms = Math.max(0, waitedMs)
  cell.waitMs += ms
  cell.wait[bucketOf(ms)]!++
}

export function countEnd(cell: Cell, verdict: number, runMs: number): void {
  cell.counts[verdict]!++
  const ms = Math.max(0, runMs)
  cell.runMs += ms
  cell.run[bucketOf(ms)]!++
}

/** How much happened there: what is folded into "the others" first. */
export const weightOf = (cell: Cell): number => cell.counts.reduce((sum, count) => sum + count, 0)
