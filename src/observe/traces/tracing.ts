import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type { Env } from '../../base/env.ts'
import type { JobTrace, Sending, SendSpan, TraceMode, Tracing } from '../../base/tracing.ts'
import type { Reservation } from '../../contract/driver.ts'
import type { StoredJob } from '../../contract/job.ts'
import { OtelAttempt } from './attempt.ts'
import { failed, messaging } from './attributes.ts'
import { headersOf, isSampled, spanContextOf } from './w3c.ts'

/** The spans of the core, for whatever SDK is registered. */
export class OtelTracing implements Tracing {
  readonly #env: Env
  readonly #tracer: Tracer

  constructor(env: Env, version: string) {
    this.#env = env
    this.#tracer = trace.getTracer('fiber-work', version)
  }

  /** Is it our copy of the API that the SDK is registered with? */
  get works(): boolean {
    return isSpanContextValid(this.#tracer.startSpan('probe', { root: true }).spanContext())
  }

  send(sending: Sending): SendSpan | undefined {
    const parent = parentOf(sending)
    return parent === undefined ? undefined : new OtelSend(this.#tracer, sending, parent)
  }

  attempt(loan: Reservation, worker: string, mode: TraceMode): JobTrace {
    return new OtelAttempt(this.#tracer, this.#env, loan, worker, mode)
  }
}

/** What the caller has given, else the active span, else the job that enqueues it. Undefined: what was given is no trace. */
function parentOf({ headers, by }: Sending): Context | undefined {
  if (headers?.['traceparent'] !== undefined) {
    const given = spanContextOf(headers)
    return given && trace.setSpanContext(ROOT_CONTEXT, given)
  }
  const active = context.active()
  if (trace.getSpan(active) !== undefined) return active
  return by instanceof OtelAttempt ? by.context : active
}

class OtelSend implements SendSpan {
  readonly #span: Span
  readonly #inside: Context
  readonly #single: boolean

  constructor(tracer: Tracer, { operation, queue, name, count }: Sending, parent: Context) {
    const above = trace.getSpanContext(parent)
    this.#single = count === undefined
    const attributes = {
      ...messaging(operation, operation, queue),
      'fiber_work.job.name': name,
      ...(count !== undefined && { 'messaging.batch.message_count': count }),
    }
    this.#span =
      above !== undefined && !isSampled(above)
        ? trace.wrapSpanContext(above)
        : tracer.startSpan(`${operation} ${queue}`, { kind: SpanKind.PRODUCER, attributes }, parent)
    this.#inside = trace.setSpan(parent, this.#span)
  }

  stamp(job: StoredJob): void {
    if (!isSpanContextValid(this.#span.spanContext())) return
    const { traceparent, tracestate } = headersOf(this.#span.spanContext())
    const { tracestate: _, ...others } = job.headers ?? {}
    job.headers = { ...others, traceparent, ...(tracestate !== undefined && { tracestate }) }
    if (this.#single) this.#span.setAttribute('messaging.message.id', job.id)
  }

  within<R>(run: () => R): R {
    return context.with(this.#inside, run)
  }

  end(outcome: string | undefined, error?: unknown): void {
    if (outcome !== undefined) this.#span.setAttribute('fiber_work.enqueue.outcome', outcome)
    if (error !== undefined) failed(this.#span, error)
    this.#span.end()
  }
}
