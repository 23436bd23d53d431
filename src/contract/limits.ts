import type { Rate } from './job.ts'

/**
 * Whom a limit binds: the whole queue, each of its groups alike, or one group. What one group sets overrides the same
 * field of `groups` and leaves the others in force; `rates: []` frees it of rates. Jobs without a group are one group of
 * their own here too: `groups` binds them together.
 */
export type LimitScope = 'queue' | 'groups' | { group: string }

export interface LimitSettings {
  /** All of them hold at once (3 a second and 100 a minute). */
  rates?: Rate[]
  /**
   * Most jobs taken in each window; windows begin at whole multiples of `perMs` since 1970 (a day: at midnight UTC). A job
   * that is taken again, after a retry or a release, counts again. Whole numbers; a very large `jobs` frees one group of it.
   */
  quota?: { jobs: number; perMs: number }
  /** Most jobs running at once, over all workers. */
  concurrencyMax?: number
  /** Share of a group against the others of its queue; 1 by default. Not for the scope `queue`. */
  weight?: number
  /** Most jobs waiting (ready, delayed, blocked); more are answered `full`. Only for the scope `queue`. */
  depthMax?: number
}

/**
 * Limits are enforced where jobs are taken, so that a limited job is never reserved and then sat upon, holds no slot and
 * burns no attempt. A job takes one token of every bucket that binds it when it is reserved. What is set holds at once,
 * also for jobs that wait already; what runs goes on running.
 */
export interface Limits {
  /** Replace the settings of a scope; an empty object lifts them. A lower `revision` than the queue's stored one changes nothing and answers false. */
  set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean>
  /** Take nothing from the queue, or from one of its groups, before `untilMs` (the store's clock). 0 lifts it. */
  freeze(queue: string, group: string | undefined, untilMs: number): Promise<void>
  read(queue: string): Promise<QueueLimits>
}

/** What the rates and the quota of one scope leave at this moment, by the store's clock. Spans are whole milliseconds. */
export interface LimitsLeft {
  /** One for each rate, in the order in which they were set. */
  rates: (Rate & {
    /** Whole tokens in the bucket now, 0 to `burst`. */
    left: number
    /** Until the bucket is full again, if nobody takes from it: 0 while it is. */
    fullInMs: number
  })[]
  quota?: {
    /** Most jobs in each window of `perMs`. */
    jobs: number
    perMs: number
    /** How many of them may still be taken in this window. */
    left: number
    /** Until the window ends and the next one begins. */
    endsInMs: number
  }
  /** Until the rates and the quota let one more job through: 0 when they do so now. */
  nextInMs: number
}

export interface QueueLimits {
  queue: LimitSettings
  groups: LimitSettings
  group: Record<string, LimitSettings>
  frozen: { group?: string; untilMs: number }[]
  /** What the rates and the quota of the whole queue leave now; absent where it has neither, or the store does not know. */
  left?: LimitsLeft
  revision: number
}
