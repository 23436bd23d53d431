import { emit } from '../../src/base/emit.ts'
import type { Env, Timer } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { type FacadeCall, openCall } from '../../src/sandbox/call.ts'
import { reasonOf } from '../../src/sandbox/facade.ts'
import { outside } from '../../src/sandbox/storage.ts'

export interface TaskOptions {
  env: Env
  /** The connection's name. */
  connection: string
  /** The text of its SQL, or what else it is; cut. */
  what: string
  /** It is stopped after this long: `FW_CALL_TIMEOUT`. */
  timeoutMs: number | undefined
  signal: AbortSignal | undefined
}

/**
 * Something that somebody asked of a database, from the job's point of view: it is shown as what the job waits for, ends with the job,
 * and is told when it is over. Its work runs outside of all jobs.
 */
export class Task {
  readonly options: TaskOptions
  readonly call: FacadeCall | undefined
  readonly startedMs: number
  /** Why it was told to stop. */
  stopped: { error: unknown } | undefined = undefined
  /** Called when it is told to stop. */
  onStop: (() => void) | undefined = undefined
  /** The job has left it behind: it stays in the job's books, where it is seen. */
  left = false
  #reject: ((error: unknown) => void) | undefined
  #timer: Timer | undefined
  #aborted: (() => void) | undefined

  /** Throws `FW_JOB_SETTLED` when the job that asks has ended. */
  constructor(options: TaskOptions) {
    this.options = options
    this.startedMs = options.env.monoMs()
    this.call = openCall(`db ${options.connection}: ${options.what}`)
    this.#listen()
  }

  get job(): string | undefined {
    return this.call?.fiber.loan.job.id
  }

  /** What `work` answers, or why it was stopped, whichever comes first. The work itself goes on to its own end. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return outside(() => this.guard(work))
  }

  /** The same without leaving the job. */
  guard<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.stopped !== undefined) return reject(this.stopped.error)
      this.#reject = reject
      work().then(resolve, reject)
    })
  }

  stop(error: unknown): void {
    if (this.stopped !== undefined) return
    this.stopped = { error }
    // First whoever waits is told: what is done about the statement takes its time.
    this.#reject?.(error)
    if (this.onStop !== undefined) outside(this.onStop)
  }

  /** From now on nothing stops it: it is neither told, nor does the job count it as told. */
  settle(): void {
    this.#deafen()
    if (this.call !== undefined) this.call.onStop = undefined
  }

  /** It is over, however it ended. */
  end(error: unknown, rows?: number): void {
    this.#deafen()
    // At the job's end the call stays open in its books: that is how it is seen as a zombie.
    if (this.call?.fiber.settled === false && !this.left) this.call.end()
    const { env, connection, what } = this.options
    emit('db.ended', () => ({ job: this.job, connection, what, ms: env.monoMs() - this.startedMs, rows, error }))
  }

  #listen(): void {
    const { env, connection, what, timeoutMs, signal } = this.options
    if (this.call !== undefined) {
      const { stop } = this.call.fiber
      if (stop !== undefined) this.stopped = { error: reasonOf(stop, this.call.what) }
      else this.call.onStop = (stop) => this.stop(reasonOf(stop, this.call!.what))
    }
    if (timeoutMs !== undefined && timeoutMs !== Infinity) {
      const message = `Db "${connection}": no answer within ${timeoutMs} ms (${what}).`
      this.#timer = env.setTimer(() => this.stop(new FiberWorkError('FW_CALL_TIMEOUT', message)), timeoutMs)
    }
    if (signal === undefined) return
    if (signal.aborted) this.stop(signal.reason)
    this.#aborted = () => this.stop(signal.reason)
    signal.addEventListener('abort', this.#aborted, { once: true })
  }

  #deafen(): void {
    const { env, signal } = this.options
    if (this.#timer !== undefined) env.clearTimer(this.#timer)
    if (this.#aborted !== undefined) signal?.removeEventListener('abort', this.#aborted)
    this.#timer = this.#aborted = undefined
  }
}
