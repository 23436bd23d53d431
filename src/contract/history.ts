import type { TerminalState } from './job.ts'

/** Which part of the past is meant. */
export interface HistoryRequest {
  /** From then on, milliseconds since 1970. */
  fromMs: number
  /** Up to then; now by default. */
  toMs?: number
  /** How much time one point stands for: whole minutes, as many as 1,500 points allow; at least an hour where the minutes are gone. */
  stepMs?: number
  /** Only this queue; all of them together by default. */
  queue?: string
  /** Only jobs of this name. How full a queue was is not known by name. */
  name?: string
}

/** How long something took, in milliseconds; the percentiles are right to a tenth. */
export interface Spread {
  count: number
  mean: number
  p50: number
  p95: number
  p99: number
}

export interface HistoryPoint extends Record<TerminalState, number> {
  /** When its time begins. */
  atMs: number
  /** By worker processes; what others enqueue is not counted. */
  enqueued: number
  started: number
  retried: number
  released: number
  /** Most jobs running at once; of several processes their most together. */
  inFlightMax: number
  /** Handler time of the attempts that ended; absent when none did. */
  runMs?: Spread
  /** From ready to started; absent when none was. */
  waitMs?: Spread
  /** How full the queues were at the end of it, and the longest that a job had been ready at the end of any minute. Absent where nobody looked. */
  depth?: { ready: number; delayed: number; running: number; oldestReadyMs: number }
}

/** The past in steps of equal length, without gaps; a time of which nothing is known is one in which nothing happened. */
export interface History {
  fromMs: number
  toMs: number
  /** As asked, or more: at most 1,500 points are answered. */
  stepMs: number
  points: HistoryPoint[]
  /** Queues of which something is known in this time; `~` stands for those beyond a bound. */
  queues: string[]
  /** Names of jobs likewise, of the queue that was asked for. */
  names: string[]
  /** False: there was more than one call reads, and the newest is missing. */
  whole: boolean
}
