import { emit, heard } from '../../src/base/emit.ts'
import type { Env, Timer } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { type FacadeCall, openCall } from '../../src/sandbox/call.ts'
import type { Stop } from '../../src/sandbox/fiber.ts'
import { reasonOf } from '../../src/sandbox/facade.ts'
import { outside } from '../../src/sandbox/storage.ts'
import type { Deadlined, Deadlines } from './deadlines.ts'

/** What tasks of one database share. */
export interface TaskHome {
  readonly env: Env
  /** The connection's name. */
  readonly name: string
  /** Of those who have no limit of their own. */
  readonly deadlines: Deadlines
  readonly dialect: { readonly kind: string }
}

export interface TaskLimits {
  /** `FW_CALL_TIMEOUT` after it; `shared`: as all others of the database. */
  timeoutMs: number | 'shared' | undefined
  signal: AbortSignal | undefined
}

/**
 * Something that somebody asked of a database, from the job's point of view: it is shown as what the job waits for, ends with the job,
 * and is told when it is over. Its work runs outside of all jobs. Ten thousand wait at a time: it is one object, with no closures.
 */
export class Task implements Deadlined {
  readonly home: TaskHome
  /** The text of its SQL, or what else it is; cut. */
  readonly what: string
  readonly call: FacadeCall | undefined
  readonly startedMs: number
  readonly #signal: AbortSignal | undefined
  /** Why it was told to stop. */
  stopped: { error: unknown } | undefined = undefined
  /** Called when it is told to stop. */
  onStop: (() => void) | undefined = undefined
  /** The job has left it behind: it stays in the job's books, where it is seen. */
  left = false
  untilMs = Infinity
  earlier: Deadlined | undefined = undefined
  later: Deadlined | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined
  #timer: Timer | undefined = undefined

  /** Throws `FW_JOB_SETTLED` when the job that asks has ended. `shown` is how the job's books have it. */
  constructor(home: TaskHome, what: string, shown: string, { timeoutMs, signal }: TaskLimits) {
    this.home = home
    this.what = what
    this.#signal = signal
    this.startedMs = home.env.monoMs()
    this.call = openCall(shown)
    if (this.call !== undefined) this.#listenTo(this.call)
    if (this.call?.fiber.trace !== undefined) {
      this.call.traced({ kind: 'db', connection: home.name, system: home.dialect.kind, statement: what })
    }
    if (timeoutMs === 'shared') home.deadlines.add(this, this.startedMs)
    else if (timeoutMs !== undefined && timeoutMs !== Infinity) {
      this.#timer = home.env.setTimer(() => this.expired(), timeoutMs)
    }
    // Nobody is there yet to be told.
    if (signal?.aborted === true) this.stopped ??= { error: signal.reason }
    else signal?.addEventListener('abort', this)
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
      this.spanned(work).then(resolve, reject)
    })
  }

  /** Where the call has a span: with it as the active one. */
  spanned<T>(work: () => Promise<T>): Promise<T> {
    const span = this.call?.span
    return span === undefined ? work() : span.within(work)
  }

  /** Who is told at once when it is told to stop. */
  rejects(reject: (error: unknown) => void): void {
    this.#reject = reject
  }

  protected reject(error: unknown): void {
    this.#reject?.(error)
  }

  stop(error: unknown): void {
    if (this.stopped !== undefined) return
    this.stopped = { error }
    // First whoever waits is told: what is done about the statement takes its time.
    this.#reject?.(error)
    outside(() => this.halted())
  }

  /** What is done about it when it is told to stop. */
  protected halted(): void {
    this.onStop?.()
  }

  expired(): void {
    const { env, name } = this.home
    const ms = Math.round(env.monoMs() - this.startedMs)
    this.stop(new FiberWorkError('FW_CALL_TIMEOUT', `Db "${name}": no answer within ${ms} ms (${this.what}).`))
  }

  /** The user's own signal has aborted. */
  handleEvent(): void {
    this.stop(this.#signal!.reason)
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
    this.call?.span?.end({ error })
    if (!heard('db.ended')) return
    const { env, name } = this.home
    const ms = env.monoMs() - this.startedMs
    emit('db.ended', () => ({ job: this.job, connection: name, what: this.what, ms, rows, error }))
  }

  #listenTo(call: FacadeCall): void {
    const { stop } = call.fiber
    if (stop !== undefined) this.stopped = { error: reasonOf(stop, call.what) }
    else call.onStop = (stop: Stop) => this.stop(reasonOf(stop, call.what))
  }

  #deafen(): void {
    this.home.deadlines.remove(this)
    if (this.#timer !== undefined) this.home.env.clearTimer(this.#timer)
    this.#signal?.removeEventListener('abort', this)
  }
}
