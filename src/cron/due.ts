import type { MissedPolicy, ScheduleTimes } from '../contract/schedule.ts'
import { nextAfter } from './times.ts'

/** A run that is later than this was missed. */
const lateMsMax = 60_000
/** Runs of one schedule that are caught up with in one go, at most. */
const runsMax = 500

export interface Due {
  /** To be enqueued now, oldest first. */
  runs: number[]
  /** When the next one comes. */
  nextAtMs: number | undefined
  /** Some are left out for good. */
  missed: boolean
}

/** What is due of a schedule whose next run was to be at `nextAtMs`, which has come. */
export function dueRuns(
  { times, missed: policy, nextAtMs }: { times: ScheduleTimes; missed: MissedPolicy; nextAtMs?: number },
  nowMs: number,
): Due {
  if (nextAtMs === undefined) return { runs: [], nextAtMs, missed: false }
  const runs = runsOf[policy](times, nextAtMs, nowMs)
  const afterMs = policy === 'all' ? runs.at(-1)! : nowMs
  return { runs, nextAtMs: nextAfter(times, afterMs), missed: runs[0] !== nextAtMs }
}

type Runs = (times: ScheduleTimes, firstMs: number, nowMs: number) => number[]

const runsOf: Record<MissedPolicy, Runs> = {
  all: (times, firstMs, nowMs) => [firstMs, ...runsBetween(times, firstMs, nowMs, runsMax - 1)],
  skip: (times, firstMs, nowMs) => runsBetween(times, Math.max(firstMs - 1, nowMs - lateMsMax - 1), nowMs, runsMax),
  last: (times, firstMs, nowMs) => [lastRun(times, firstMs, nowMs)],
}

/** Looked for from the end, over ever longer stretches: a week of seconds is not counted through. */
function lastRun(times: ScheduleTimes, firstMs: number, nowMs: number): number {
  for (let stretchMs = lateMsMax; nowMs - stretchMs > firstMs; stretchMs *= 4) {
    const last = runsBetween(times, nowMs - stretchMs, nowMs, Infinity).at(-1)
    if (last !== undefined) return last
  }
  return runsBetween(times, firstMs, nowMs, Infinity).at(-1) ?? firstMs
}

/** After the one moment, and up to the other. */
function runsBetween(times: ScheduleTimes, afterMs: number, untilMs: number, most: number): number[] {
  const runs: number[] = []
  for (let atMs = nextAfter(times, afterMs); atMs !== undefined && atMs <= untilMs && runs.length < most;) {
    runs.push(atMs)
    atMs = nextAfter(times, atMs)
  }
  return runs
}
