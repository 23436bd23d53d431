import type { StoredJob } from './job.ts'

/**
 * When the clock is set forward or back. A time that comes twice: `skip` and `once` run it the first time, `both` both times. A time that does
 * not come at all: `skip` leaves it out, `once` and `both` run it the moment the clock jumps. Patterns for every hour (`*` as the hour)
 * go by elapsed time instead: nothing is left out, nothing held back.
 */
export type DstPolicy = 'skip' | 'once' | 'both'

/**
 * What becomes of runs that nobody was there to start, because all workers were down: `skip` leaves out what is more than a minute late,
 * `last` runs the newest of them, `all` every one.
 */
export type MissedPolicy = 'skip' | 'last' | 'all'

/** At times of the calendar. */
export interface CronTimes {
  /**
   * Five fields (minute hour day month weekday), six with seconds before them, or seven with years behind them; `MON#1` is the first
   * Monday of a month, `L` its last day, `15W` the weekday nearest to the 15th; also @hourly, @daily, @weekly, @monthly, @yearly.
   */
  cron: string
  /** An IANA time zone; UTC by default, wherever the worker runs. */
  timeZone?: string
  /** `once` by default. */
  dst?: DstPolicy
}

/** At whole multiples of `everyMs` since 1970, plus `offsetMs`: the same for every process. */
export interface EveryTimes {
  /** From 1,000. */
  everyMs: number
  offsetMs?: number
}

export type ScheduleTimes = CronTimes | EveryTimes

/** A schedule as the store knows it. Times are milliseconds since 1970. */
export interface ScheduleRecord {
  id: string
  times: ScheduleTimes
  missed: MissedPolicy
  /** `skip`: nothing is started while the run before waits or runs. */
  overlap: 'allow' | 'skip'
  /** What each run enqueues, but for its id. */
  job: Omit<StoredJob, 'id' | 'due'>
  paused: boolean
  /** The next run; absent when none comes any more. */
  nextAtMs?: number
  /** The newest run that was enqueued: when it was to be, and its job. */
  lastAtMs?: number
  lastId?: string
}

/** Headers of the jobs that a schedule enqueues: its id, and when this run was to be (milliseconds since 1970). */
export const scheduleHeader = 'fiber-work-schedule'
export const scheduledAtHeader = 'fiber-work-scheduled-at'
