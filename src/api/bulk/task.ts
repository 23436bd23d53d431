import type { Filter } from '../schemas/common.ts'

export type BulkAction = 'retry' | 'cancel' | 'remove'

/** An action on all jobs that a filter means, as it stands. */
export interface BulkTask {
  id: string
  action: BulkAction
  filter: Filter
  /** Jobs a second at most; absent: as fast as the store takes them. */
  ratePerSecond?: number
  /** `interrupted`: the process that did it is gone; what was done stays done. */
  state: 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted'
  /** How many jobs were acted on, and what became of them. */
  acted: number
  outcomes: Record<string, number>
  /** How many there were when it began, as far as was counted. */
  expected?: number
  by: string
  startedAtMs: number
  /** When this was written down last. */
  toldAtMs: number
  endedAtMs?: number
  error?: { code: string; detail: string }
}

/** What a filter means when it names no state: what the action is for. */
export const statesOf = {
  retry: ['dead', 'quarantined', 'cancelled'],
  cancel: ['ready', 'delayed', 'blocked', 'running'],
} as const
