import type { CronTimes, EveryTimes, ScheduleTimes } from '../contract/schedule.ts'
import { patternOf } from './pattern.ts'
import { changeBetween, offsetAt } from './zone.ts'

/** A pattern that does not come within so long does not come. */
const horizonMs = 10 * 366 * 86_400_000
/** No clock is set back by more than this. */
const setBackMsMax = 3 * 3_600_000
/** Changes of the clock that one search passes, at most: two a year, and a few to spare. */
const changesMax = 50

/** The first run after a moment; undefined when there is none within ten years. */
export function nextAfter(times: ScheduleTimes, afterMs: number): number | undefined {
  return 'cron' in times ? nextOfCalendar(times, afterMs) : nextMultiple(times, afterMs)
}

/** The next runs after a moment, at most `count`. */
export function nextRuns(times: ScheduleTimes, afterMs: number, count: number): number[] {
  const runs: number[] = []
  for (let atMs = nextAfter(times, afterMs); atMs !== undefined && runs.length < count;) {
    runs.push(atMs)
    atMs = nextAfter(times, atMs)
  }
  return runs
}

function nextMultiple({ everyMs, offsetMs = 0 }: EveryTimes, afterMs: number): number {
  return (Math.floor((afterMs - offsetMs) / everyMs) + 1) * everyMs + offsetMs
}

/**
 * Between two changes of the clock, wall time and elapsed time run alongside: there the pattern is asked on the wall. At a change the
 * policy says what becomes of wall times that do not come, or come again.
 */
function nextOfCalendar({ cron, timeZone = 'UTC', dst = 'once' }: CronTimes, afterMs: number): number | undefined {
  const pattern = patternOf(cron)
  let [fromMs, offset] = [afterMs, offsetAt(timeZone, afterMs)]
  /** The clock has not changed from here to `fromMs`. */
  let sinceMs = afterMs
  for (let changes = 0; changes < changesMax;) {
    const wall = pattern.nextAfter(fromMs + offset)
    if (wall === undefined || wall - offset - afterMs > horizonMs) return undefined
    const atMs = wall - offset
    const changeMs = changeBetween(timeZone, sinceMs, atMs)
    if (changeMs === undefined) {
      const againUntilMs = pattern.everyHour || dst === 'both' ? undefined : comesAgainUntil(timeZone, atMs)
      if (againUntilMs === undefined) return atMs
      fromMs = againUntilMs - 1
      continue
    }
    const later = offsetAt(timeZone, changeMs)
    const isLeapt = wall < changeMs + later
    if (isLeapt && !pattern.everyHour && dst !== 'skip') return changeMs
    ;[fromMs, sinceMs, offset] = [changeMs - 1, changeMs, later]
    changes++
  }
  return undefined
}

/**
 * Until when the clock on the wall shows what it has shown before, because it was set back; undefined when this time is new to it.
 */
function comesAgainUntil(timeZone: string, atMs: number): number | undefined {
  const earlierMs = atMs - setBackMsMax
  const changeMs = changeBetween(timeZone, earlierMs, atMs)
  if (changeMs === undefined) return undefined
  const newAgainMs = changeMs + offsetAt(timeZone, earlierMs) - offsetAt(timeZone, atMs)
  return atMs < newAgainMs ? newAgainMs : undefined
}
