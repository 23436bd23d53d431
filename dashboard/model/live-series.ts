import type { HistoryView } from '../../src/client.ts'
import type { Fleet } from './fleet.ts'

/** One second as the charts of the web page show it, of all processes together. */
export interface LivePoint {
  atMs: number
  donePerS: number
  failedPerS: number
  runP50Ms: number | null
  runP99Ms: number | null
  waitP50Ms: number | null
  waitP99Ms: number | null
  running: number
  ready: number | null
  delayed: number | null
}

export const livePointsMax = 300

/** The points with what the fleet is now, at most one a second. Oldest first. */
export function addPoint(points: readonly LivePoint[], { merged, history }: Fleet): readonly LivePoint[] {
  // One look tells no speed.
  if (merged === undefined || history === undefined || history.marks.length < 2) return points
  const { atMs, runMs, waitMs, fibers, queues } = merged.snapshot
  if (atMs < (points.at(-1)?.atMs ?? 0) + 900) return points
  const point = {
    atMs,
    donePerS: history.donePerS,
    failedPerS: history.failedPerS,
    runP50Ms: runMs?.p50 ?? null,
    runP99Ms: runMs?.p99 ?? null,
    waitP50Ms: waitMs?.p50 ?? null,
    waitP99Ms: waitMs?.p99 ?? null,
    running: fibers.running,
    ready: queues.reduce((sum, { ready }) => sum + ready, 0),
    delayed: queues.reduce((sum, { delayed }) => sum + delayed, 0),
  }
  return [...points, point].slice(-livePointsMax)
}

const seedMs = 600_000

/** The points, and before them what was kept minute by minute: a page that was just opened has something to show. */
export function withPast(
  points: readonly LivePoint[],
  past: Pick<HistoryView, 'points' | 'stepMs'>,
  nowMs: number,
): readonly LivePoint[] {
  const firstMs = points[0]?.atMs ?? nowMs
  const seeds = past.points
    .map((point) => seedOf(point, past.stepMs))
    .filter(({ atMs }) => atMs < firstMs && atMs >= nowMs - seedMs)
  // Of a time in which nothing was there yet, a line at zero would only squeeze what follows.
  const begun = seeds.findIndex(hasSomething)
  return begun < 0 ? points : [...seeds.slice(begun), ...points]
}

function hasSomething({ donePerS, failedPerS, running, ready, delayed }: LivePoint): boolean {
  return donePerS + failedPerS + running + (ready ?? 0) + (delayed ?? 0) > 0
}

function seedOf(point: HistoryView['points'][number], stepMs: number): LivePoint {
  const { at, done, retried, dead, quarantined, runMs, waitMs, depth, inFlightMax } = point
  // Jobs ran, and nobody has looked at the queues: a zero would be a fall that never was.
  const unknown = inFlightMax > 0 ? null : 0
  return {
    // In the middle of its time.
    atMs: Date.parse(at) + stepMs / 2,
    donePerS: (done * 1_000) / stepMs,
    failedPerS: ((retried + dead + quarantined) * 1_000) / stepMs,
    runP50Ms: runMs?.p50 ?? null,
    runP99Ms: runMs?.p99 ?? null,
    waitP50Ms: waitMs?.p50 ?? null,
    waitP99Ms: waitMs?.p99 ?? null,
    running: depth?.running ?? inFlightMax,
    ready: depth?.ready ?? unknown,
    delayed: depth?.delayed ?? unknown,
  }
}
