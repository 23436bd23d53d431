import type { HealthReport } from '../api/health.ts'

/** What a worker process has done, when it ends. */
export interface Summary {
  done: number
  retried: number
  dead: number
  cancelled: number
  quarantined: number
  /** Given back while it stopped. */
  released: number
  wallMs: number
}

/** From the supervisor to a worker process. */
export type ToWorker =
  /** 1: drain. 2: now. */
  { kind: 'stop'; level: 1 | 2; reason: string } | { kind: 'health'; ask: number }

/** From a worker process to its supervisor. */
export type ToSupervisor =
  /** It works; from now on it is worth restarting. */
  | { kind: 'up'; graceMs: number }
  | { kind: 'health'; ask: number; report: HealthReport }
  /** Its user said goodbye (the dashboard's quit): all end. */
  | { kind: 'quit'; level: 1 | 2 }
  | { kind: 'ended'; summary: Summary }
  /** It could not start, or broke off. */
  | { kind: 'failed'; error: { code: string | undefined; message: string; remedy: string } }
