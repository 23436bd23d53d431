import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api'
import type { Env } from '../../base/env.ts'
import type { CallAbout, CallSpan, JobTrace, Settling, TraceHeaders, TraceMode } from '../../base/tracing.ts'
import type { Reservation } from '../../contract/driver.ts'
import type { VerdictKind } from '../../contract/verdict.ts'
import { failed, failedWith, jobAttributes, messaging } from './attributes.ts'
import { OtelCall } from './call.ts'
import { headersOf, isSampled, spanContextOf } from './w3c.ts'

/** What an attempt that has come to this has not come to by itself. */
const blameless: readonly (VerdictKind | undefined)[] = ['done', 'release', 'cancelled', undefined]

/** One attempt: the span of its run, those of its calls, and that of its settlement. */
export class OtelAttempt implements JobTrace {
  readonly context: Context
  readonly #tracer: Tracer
  readonly #span: Span
  readonly #queue: string

  constructor(tracer: Tracer, env: Env, loan: Reservation, worker: string, mode: TraceMode) {
    const { job } = loan
    this.#tracer = tracer
    this.#queue = job.queue
    const creation = spanContextOf(job.headers)
    const creator = creation && trace.setSpanContext(ROOT_CONTEXT, creation)
    if (creator !== undefined && isSampled(creation!)) tellWait(tracer, env, loan, creator)
    if (creator !== undefined && mode === 'parent') {
      // Whoever enqueued it has decided that nothing is recorded: neither here, nor in what the handler calls.
      this.#span = isSampled(creation!) ? this.#start(loan, worker, creator) : trace.wrapSpanContext(creation!)
    } else {
      this.#span = this.#start(loan, worker, ROOT_CONTEXT, creation)
    }
    this.context = trace.setSpan(ROOT_CONTEXT, this.#span)
  }

  get traceId(): string {
    return this.#span.spanContext().traceId
  }

  get spanId(): string | undefined {
    return this.#span.isRecording() ? this.#span.spanContext().spanId : undefined
  }

  headers(): TraceHeaders {
    return headersOf(trace.getSpanContext(this.#here()) ?? this.#span.spanContext())
  }

  carry<Args extends unknown[], R>(run: (...args: Args) => R, ...args: Args): R {
    return context.with(this.context, run as (...all: unknown[]) => R, undefined, ...args)
  }

  call(about: CallAbout): CallSpan | undefined {
    const here = this.#here()
    return trace.getSpan(here)?.isRecording() === true ? new OtelCall(this.#tracer, about, here) : undefined
  }

  ended(verdict: VerdictKind | undefined, error: string | undefined): void {
    const span = this.#span
    if (!span.isRecording()) return
    span.setAttribute('fiber_work.job.verdict', verdict ?? 'none')
    if (!blameless.includes(verdict)) failedWith(span, error, verdict!)
    span.end()
  }

  settling(verdict: VerdictKind): Settling | undefined {
    if (!isSampled(this.#span.spanContext())) return undefined
    const attributes = { ...messaging('settle', 'settle', this.#queue), 'fiber_work.job.verdict': verdict }
    const span = this.#tracer.startSpan(`settle ${this.#queue}`, { kind: SpanKind.CLIENT, attributes }, this.context)
    return (outcome, error) => {
      if (outcome !== undefined) span.setAttribute('fiber_work.settle.outcome', outcome)
      if (error !== undefined) failed(span, error)
      span.end()
    }
  }

  /** The caller's own span, where it has opened one; what has lost its context is still the attempt's. */
  #here(): Context {
    const active = context.active()
    return trace.getSpan(active) === undefined ? this.context : active
  }

  #start(
    loan: Reservation,
    worker: string,
    parent: Context,
    linked?: Parameters<typeof trace.setSpanContext>[1],
  ): Span {
    const { job, attempts, crashes, waitedMs } = loan
    const attributes = {
      ...messaging('process', 'process', job.queue),
      ...jobAttributes(job),
      'messaging.client.id': worker,
      'fiber_work.job.attempt': attempts,
      'fiber_work.job.wait_ms': waitedMs,
      ...(crashes > 0 && { 'fiber_work.job.crashes': crashes }),
    }
    const links = linked === undefined ? {} : { links: [{ context: linked }] }
    return this.#tracer.startSpan(`process ${job.queue}`, { kind: SpanKind.CONSUMER, attributes, ...links }, parent)
  }
}

/** How long it stood ready, in the trace of whoever enqueued it. Known only now. */
function tellWait(tracer: Tracer, env: Env, { job, waitedMs, attempts }: Reservation, creator: Context): void {
  const nowMs = env.nowMs()
  const attributes = {
    'messaging.system': 'fiber-work',
    'messaging.destination.name': job.queue,
    'messaging.message.id': job.id,
    'fiber_work.job.name': job.name,
    'fiber_work.job.attempt': attempts,
  }
  const options = { kind: SpanKind.INTERNAL, attributes, startTime: new Date(nowMs - waitedMs) }
  tracer.startSpan(`wait ${job.queue}`, options, creator).end(new Date(nowMs))
}
