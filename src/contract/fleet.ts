import type { Snapshot } from './dashboard.ts'
import type { Health } from './health.ts'
import type { MetricFamily } from './metrics.ts'

/** What a worker process of this machine can be asked, what comes with the question, and the answer. */
export interface Questions {
  health: { with: undefined; answer: Health }
  /** Everything a dashboard shows of it. Counting begins with the first question. */
  snapshot: { with: undefined; answer: Snapshot }
  metrics: { with: undefined; answer: MetricFamily[] }
  /** Jobs at once, in the whole process or of one queue; answers what holds now. */
  setConcurrency: { with: { concurrency: number; queue?: string }; answer: number }
  /** Take nothing more, and take again: this process, whatever the queue. */
  pause: { with: undefined; answer: boolean }
  resume: { with: undefined; answer: boolean }
  /** Lines that a running or lately settled job has logged, oldest first; undefined where it did not run here. */
  jobLog: { with: { id: string }; answer: JobLogLine[] | undefined }
}

export type Question = keyof Questions

export interface JobLogLine {
  atMs: number
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
  /** JSON. */
  fields?: string
}

/** The answers of all processes that gave one in time. */
export interface FleetAnswer<Answer> {
  answers: {
    /** The number of its place on this machine, from 0; a process that was restarted has the same. */
    process: number
    pid: number
    answer: Answer
  }[]
  /** What keeps the others from answering, in words. */
  missing: string[]
}

/** Something that has happened, as whoever watches from outside is told it. */
export interface StreamEvent {
  /** `job.ended`, `queue.depth`, `worker.cut`, `alert.raised`. */
  event: string
  atMs: number
  /** Which queue and job it is about, so that a watcher may choose. */
  queue?: string
  job?: string
  data: Record<string, unknown>
}

/** Which events somebody wants to be told of: by name (`job.ended`), or all that begin so (`job`). */
export type EventWish = 'all' | readonly string[]

/** The worker processes of this machine: one of this process, or those of a supervisor. */
export interface Fleet {
  ask<Q extends Question>(question: Q, value: Questions[Q]['with']): Promise<FleetAnswer<Questions[Q]['answer']>>
  /**
   * Hear what happens in them, in batches a few times a second; more than a bound is counted and left out. What nobody wishes is not even looked
   * at in them; who listens may hear more than it wishes. Answers the end of it.
   */
  watch(listener: (events: StreamEvent[]) => void, wish: EventWish): () => void
  /**
   * Put a new process into the place of each, one after the other and never with fewer at work: with new code and new configuration. The API's
   * own process is replaced last, a moment after this has been answered in it. Absent where no supervisor stands behind it.
   */
  reload?(): Promise<Reloaded>
}

/** What came of a reload. */
export interface Reloaded {
  /** So many processes were replaced, of `processes` (the one that serves the API aside). */
  replaced: number
  processes: number
  /** Why it went no further, in words: the new process did not come up, and the old one goes on. Absent when all are new. */
  refused?: string
}
