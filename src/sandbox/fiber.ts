import type { JobTrace } from '../base/tracing.ts'
import type { FiberWorkError } from '../contract/errors.ts'
import { type StoredJob, tenantHeader } from '../contract/job.ts'
import type { Principal } from '../contract/principal.ts'
import type { Reservation } from '../contract/driver.ts'
import type { OpenTransaction } from '../contract/transaction.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Bound } from './bound.ts'
import type { FacadeCall } from './call.ts'
import { labelOf } from './label.ts'
import { Scope } from './scope.ts'
import type { Handle } from './storage.ts'

/** Work to do when the job ends, whatever way it ends; last in, first out. */
export interface Cleanup {
  /** For reports: `the service "orders"`. */
  what: string
  run: () => unknown
  /** The next one waits no longer for it; as long as the job may take to end, by default. */
  withinMs?: number
}

/** Why a running job was told to stop. The first one stays; `settled` is how every signal ends. */
export interface Stop {
  kind: 'timeout' | 'cancelled' | 'revoked' | 'shutdown' | 'blamed' | 'settled'
  error: unknown
}

/** Where a handler runs, when that is not this thread. */
export interface Elsewhere {
  /** Somebody there has asked for the signal, or a facade call was ended by the stop. */
  readonly signalUsed: boolean
  /** The job is told to stop. */
  stopped(stop: Stop): void
  /** The job has ended, whatever still runs there. */
  ended(): void
}

const noCalls: ReadonlySet<FacadeCall> = new Set()
const settledStop: Stop = { kind: 'settled', error: new DOMException('The job has ended.', 'AbortError') }

/**
 * One running job: what the sandbox keeps for it. Everything that is not always needed is made when first asked for.
 */
export class Fiber {
  readonly handle: Handle = { fiber: undefined, was: undefined }
  readonly loan: Reservation
  /** The session that runs it. */
  readonly worker: string
  startedMonoMs: number
  /** When the job times out, on the monotonic clock; Infinity without a timeout, and while it waits for its turn elsewhere. */
  deadlineMonoMs: number
  /** When it is declared stuck; Infinity until it is told to stop. */
  stuckMonoMs = Infinity
  /** How long it may ignore its aborted signal. */
  readonly stuckMs: number
  /** Its place among those that run. */
  slot = -1
  /** Why it was told to stop, if it was. */
  stop: Stop | undefined = undefined
  /** The handler's first line was reached: its input was in order. */
  entered = false
  /** The newest progress, JSON, until a beat has carried it away. */
  progress: string | undefined = undefined
  /** The job as its handler sees it, for who finds it through the fiber. */
  context: object | undefined = undefined
  /** Who is told, and asked, in its place when its handler runs elsewhere. */
  elsewhere: Elsewhere | undefined = undefined
  /** Its spans, where somebody has registered a tracer. */
  trace: JobTrace | undefined = undefined
  /** Who the job acts for, once that is verified. */
  principal: Principal | undefined = undefined
  /** What is still to be done when the handler has returned, for the job to be done: what fails here, fails it. */
  conclusions: (() => Promise<void>)[] | undefined = undefined
  /** Jobs to enqueue together with the verdict `done`. */
  followUps: StoredJob[] | undefined = undefined
  /** The transaction that it is about to commit itself in, and the follow-ups that were asked for there. */
  commit: { root: OpenTransaction | undefined; followUps: StoredJob[] } | undefined = undefined
  /** Its verdict is written already, whatever comes: done, as it has committed; undefined: nothing more may be written. */
  written: { verdict: Verdict | undefined } | undefined = undefined
  #calls: Set<FacadeCall> | undefined = undefined
  #callsTold = false
  #bound: Set<Bound> | undefined = undefined
  #controller: AbortController | undefined = undefined
  #scope: Scope | undefined = undefined
  #cleanups: Cleanup[] | undefined = undefined

  constructor(loan: Reservation, worker: string, startedMonoMs: number, timeoutMs: number, stuckMs: number) {
    this.stuckMs = stuckMs
    this.loan = loan
    this.worker = worker
    this.startedMonoMs = startedMonoMs
    this.deadlineMonoMs = startedMonoMs + timeoutMs
    this.handle.fiber = this
  }

  /** Somebody has asked for the signal, or a facade call was ended by the stop: it may have changed what the handler did. */
  get signalUsed(): boolean {
    return this.#controller !== undefined || this.#callsTold || this.elsewhere?.signalUsed === true
  }

  get settled(): boolean {
    return this.handle.fiber === undefined
  }

  /** Aborted when the job is told to stop, and at the latest when it has ended. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.stop !== undefined) this.#controller.abort(this.stop.error)
    }
    return this.#controller.signal
  }

  /** Tell the job to stop; only the first reason counts. */
  abort(kind: Stop['kind'], error: FiberWorkError): void {
    if (this.stop !== undefined) return
    this.#stopped({ kind, error })
  }

  #stopped(stop: Stop): void {
    this.stop = stop
    this.#controller?.abort(stop.error)
    this.elsewhere?.stopped(stop)
    for (const call of this.calls) {
      if (call.onStop === undefined) continue
      this.#callsTold = true
      call.onStop(stop)
    }
    if (this.#bound === undefined || stop.kind === 'settled') return
    for (const bound of this.#bound) {
      if (bound.stopped === undefined) continue
      this.#callsTold = true
      bound.stopped(stop)
    }
  }

  /** Its time begins now: until here it has waited for its turn. */
  begins(nowMonoMs: number, timeoutMs: number): void {
    this.startedMonoMs = nowMonoMs
    this.deadlineMonoMs = nowMonoMs + timeoutMs
  }

  /** Whose job it is, where it was enqueued for a tenant. */
  get tenant(): string | undefined {
    return this.loan.job.headers?.[tenantHeader]
  }

  /** What the job has to itself; made when somebody first asks. */
  get scope(): Scope {
    return (this.#scope ??= new Scope((cleanup) => this.defer(cleanup)))
  }

  /** What the fiber waits for at a facade, oldest first. */
  get calls(): ReadonlySet<FacadeCall> {
    return this.#calls ?? noCalls
  }

  opened(call: FacadeCall): void {
    if (this.stop !== undefined) this.#callsTold = true
    this.#calls ??= new Set()
    this.#calls.add(call)
  }

  ended(call: FacadeCall): void {
    this.#calls?.delete(call)
  }

  /** Something that ends with the job, whatever way it ends. */
  hold(bound: Bound): void {
    if (this.stop !== undefined) this.#callsTold = true
    this.#bound ??= new Set()
    this.#bound.add(bound)
  }

  /** It has ended by itself. */
  release(bound: Bound): void {
    this.#bound?.delete(bound)
  }

  defer(cleanup: Cleanup): void {
    this.#cleanups ??= []
    this.#cleanups.push(cleanup)
  }

  /** The cleanups in the order to run them; they are handed out once. */
  takeCleanups(): Cleanup[] | undefined {
    const cleanups = this.#cleanups?.reverse()
    this.#cleanups = undefined
    return cleanups
  }

  /**
   * The end: empty the handle, so that nothing late reaches the job, and abort the signal if anybody ever asked for it.
   * One shared reason: an abort with a fresh exception costs more than the rest of the sandbox.
   */
  settle(): void {
    this.handle.was = labelOf(this)
    this.handle.fiber = undefined
    this.elsewhere?.ended()
    if (this.stop === undefined) this.#stopped(settledStop)
    this.endBound()
  }

  /** What ends with the job ends now: before anybody looks at what it has left behind. */
  endBound(): void {
    if (this.#bound === undefined) return
    for (const bound of this.#bound) bound.end()
    this.#bound = undefined
  }
}
