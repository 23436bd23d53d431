import type { Reservation } from '../contract/driver.ts'
import type { StoredJob } from '../contract/job.ts'
import type { VerdictKind } from '../contract/verdict.ts'

/** Does the run of a job go on with the trace of whoever enqueued it, or begin its own, with a link to it? */
export const traceModes = ['parent', 'link'] as const
export type TraceMode = (typeof traceModes)[number]

/** As they travel: W3C trace context. */
export interface TraceHeaders {
  traceparent: string
  tracestate?: string
}

/** A call through a facade, as far as traces tell of it: never what is sent or answered. */
export type CallAbout =
  | { kind: 'http'; method: string; url: URL }
  | { kind: 'db'; connection: string; system: string; statement: string }
  | { kind: 'facade'; facade: string; what: string }

export interface CallEnd {
  error?: unknown
  /** Of an HTTP answer. */
  status?: number | undefined
  /** How often it was sent. */
  tries?: number
}

/** The span of one call. */
export interface CallSpan {
  readonly headers: TraceHeaders
  /** Runs with the span as the active one. */
  within<R>(run: () => R): R
  /** Only the first end counts. */
  end(how: CallEnd): void
}

/** The trace of one running attempt. */
export interface JobTrace {
  readonly traceId: string
  /** Undefined where nothing is recorded of it. */
  readonly spanId: string | undefined
  /** What goes out with a request made now: the active span's. */
  headers(): TraceHeaders
  /** Runs with the attempt's span as the active one. */
  carry<Args extends unknown[], R>(run: (...args: Args) => R, ...args: Args): R
  /** Undefined where nothing is recorded. */
  call(about: CallAbout): CallSpan | undefined
  /** The attempt is over, and how: the text of its error, if it had one. */
  ended(verdict: VerdictKind | undefined, error: string | undefined): void
  /** Its verdict is about to be written. Answers what to call when that is done. */
  settling(verdict: VerdictKind): Settling | undefined
}

/** Called with what the store said, or why it did not. */
export type Settling = (outcome: string | undefined, error?: unknown) => void

/** Jobs on their way into a store. */
export interface SendSpan {
  /** The job carries it from now on. */
  stamp(job: StoredJob): void
  /** Runs with the span as the active one. */
  within<R>(run: () => R): R
  end(outcome: string | undefined, error?: unknown): void
}

/** What is sent, by whom. */
export interface Sending {
  /** `create`: it is written later, with something else. */
  operation: 'send' | 'create'
  queue: string
  name: string
  /** How many jobs share the span, where they are enqueued together. */
  count?: number
  /** What the caller has given: a `traceparent` there is the parent. */
  headers: Record<string, string> | undefined
  /** The job that enqueues it. */
  by: JobTrace | undefined
}

/** Makes the spans of the core. */
export interface Tracing {
  /** Undefined where the caller's own `traceparent` is none: it stays as it is. */
  send(sending: Sending): SendSpan | undefined
  attempt(loan: Reservation, worker: string, mode: TraceMode): JobTrace
}

/**
 * The process's tracer. Undefined as long as nobody has registered one with OpenTelemetry: then all that traces cost is to look here.
 */
export const tracing: { now: Tracing | undefined } = { now: undefined }
