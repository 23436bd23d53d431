import { emit } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import { isFiberWorkError } from '../contract/errors.ts'
import type { Added, StoredJob } from '../contract/job.ts'
import type { ScheduleBook } from './book.ts'
import { type Entry, jobOf } from './entry.ts'
import { dueRuns } from './due.ts'

/** How soon a worker hears of a schedule that another process has set or changed. */
const lookMs = 5_000
/** Workers do not all ask in the same moment: most find that another one was first. */
const scatterMs = 50
/** Keys of runs are held for so long: whoever enqueues one again after a crash finds it taken. */
const keyMs = 3_600_000

export interface TickerPorts {
  env: Env
  book: ScheduleBook
  enqueue: (jobs: StoredJob[]) => Promise<Added[]>
  /** The store has unique keys. */
  unique: boolean
}

/**
 * Enqueues the jobs of schedules when their time has come. Any number of workers do so at once: each run has one id and one key, so that
 * all but one hear that it is there already; whoever is quickest writes down when the next one comes.
 */
export class Ticker {
  readonly #ports: TickerPorts
  readonly #end = new AbortController()
  #loop: Promise<void> | undefined
  #look: AbortController | undefined

  constructor(ports: TickerPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** A schedule was set or changed in this process. */
  wake(): void {
    this.#look?.abort()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    this.wake()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { env } = this.#ports
    while (!this.#end.signal.aborted) {
      this.#look = new AbortController()
      const nextAtMs = await this.#tick().catch((error: unknown) => {
        emit('schedule.failed', () => ({ schedule: undefined, error }))
        return Infinity
      })
      const inMs = Math.max(0, Math.min(lookMs, nextAtMs - env.nowMs())) + env.random() * scatterMs
      await sleep(env, inMs, AbortSignal.any([this.#end.signal, this.#look.signal]), 'idle')
    }
  }

  /** Starts what is due, and answers when the next one is. */
  async #tick(): Promise<number> {
    const { env, book } = this.#ports
    let nextAtMs = Infinity
    for await (const { id, entry, version, error } of book.entries()) {
      if (this.#end.signal.aborted) break
      if (entry === undefined) {
        emit('schedule.failed', () => ({ schedule: id, error }))
        continue
      }
      if (entry.paused || entry.nextAtMs === undefined) continue
      const next = entry.nextAtMs > env.nowMs() ? entry.nextAtMs : await this.#fire(id, entry, version)
      nextAtMs = Math.min(nextAtMs, next)
    }
    return nextAtMs
  }

  /** Answers when to look at it again. */
  async #fire(id: string, entry: Entry, version: number): Promise<number> {
    const { env, book } = this.#ports
    const { runs, nextAtMs, missed } = dueRuns(entry, env.nowMs())
    try {
      await this.#enqueue(id, entry, runs)
    } catch (error) {
      emit('schedule.failed', () => ({ schedule: id, error }))
      return env.nowMs() + (isFiberWorkError(error) && !error.retryable ? lookMs : 1_000)
    }
    const { nextAtMs: _, ...rest } = entry
    const last = runs.at(-1)
    const advanced = await book.advance(
      id,
      {
        ...rest,
        ...(nextAtMs !== undefined && { nextAtMs }),
        ...(last !== undefined && { lastAtMs: last, lastId: jobOf(id, entry, last).id }),
      },
      version,
    )
    if (advanced && missed) emit('schedule.missed', () => ({ schedule: id, sinceMs: entry.nextAtMs! }))
    return nextAtMs ?? Infinity
  }

  async #enqueue(id: string, entry: Entry, runs: number[]): Promise<void> {
    if (runs.length === 0) return
    const { env, enqueue, unique } = this.#ports
    const jobs = runs.map((atMs) => this.#keyed(jobOf(id, entry, atMs), unique))
    const answers = await enqueue(jobs)
    answers.forEach(({ outcome }, at) => {
      const atMs = runs[at]!
      emit('schedule.fired', () => ({ schedule: id, id: jobs[at]!.id, atMs, lateMs: env.nowMs() - atMs, outcome }))
    })
  }

  /** Its id tells a run from another while its record is kept; its key also when it is not. */
  #keyed(job: StoredJob, unique: boolean): StoredJob {
    if (!unique || job.unique !== undefined) return job
    return { ...job, unique: { key: `schedule:${job.id}`, mode: 'keep', forMs: keyMs } }
  }
}
