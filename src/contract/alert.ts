/**
 * What is wrong with a queue.
 *
 * - `queue.wait.exceeded`: its oldest ready job has waited for longer than `alertWaitMs`.
 * - `queue.stalled`: besides, nothing of it runs and nothing has been taken for a while.
 * - `jobs.dead`: more of its jobs are dead than there were.
 */
export type AlertType = 'queue.wait.exceeded' | 'queue.stalled' | 'jobs.dead'

/** What wants a person, and how the queue stood then. */
export interface Alert {
  type: AlertType
  queue: string
  /** How long its oldest ready job had been ready; 0 when none is. */
  waitMs: number
  /** How long it may. */
  waitMsMax: number
  ready: number
  delayed: number
  running: number
  dead: number
  paused: boolean
  atMs: number
}
