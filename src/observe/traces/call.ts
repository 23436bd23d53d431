import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type { CallAbout, CallEnd, CallSpan, TraceHeaders } from '../../base/tracing.ts'
import { failed } from './attributes.ts'
import { headersOf } from './w3c.ts'

/** Known to every SDK: what instruments undici shall make no second span of a request, and add no second `traceparent`. */
const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** A call through a facade. */
export class OtelCall implements CallSpan {
  readonly #span: Span
  readonly #inside: Context

  constructor(tracer: Tracer, about: CallAbout, parent: Context) {
    const { name, kind, attributes } = shapeOf(about)
    this.#span = tracer.startSpan(name, { kind, attributes }, parent)
    const inside = trace.setSpan(parent, this.#span)
    this.#inside = about.kind === 'http' ? inside.setValue(suppressed, true) : inside
  }

  get headers(): TraceHeaders {
    return headersOf(this.#span.spanContext())
  }

  within<R>(run: () => R): R {
    return context.with(this.#inside, run)
  }

  end({ error, status, tries }: CallEnd): void {
    const span = this.#span
    if (!span.isRecording()) return
    if (status !== undefined) span.setAttribute('http.response.status_code', status)
    if (tries !== undefined && tries > 1) span.setAttribute('http.request.resend_count', tries - 1)
    if (error !== undefined) failed(span, error)
    else if (status !== undefined && status >= 400) {
      span.setAttribute('error.type', String(status))
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end()
  }
}

function shapeOf(about: CallAbout): { name: string; kind: SpanKind; attributes: Attributes } {
  switch (about.kind) {
    case 'http':
      return { name: about.method, kind: SpanKind.CLIENT, attributes: httpAttributes(about.method, about.url) }
    case 'db': {
      const operation = /^\s*(?:a )?([A-Za-z]{1,20})\b/.exec(about.statement)?.[1]?.toUpperCase() ?? 'QUERY'
      const attributes = {
        'db.system.name': about.system === 'postgres' ? 'postgresql' : about.system,
        'db.operation.name': operation,
        'fiber_work.db.connection': about.connection,
      }
      return { name: operation, kind: SpanKind.CLIENT, attributes }
    }
    case 'facade': {
      // Of what it says of itself a verb at most: the rest may be somebody's key.
      const verb = /^([A-Za-z]{1,20})(?: |$)/.exec(about.what)?.[1]
      const name = verb === undefined ? about.facade : `${about.facade} ${verb}`
      const attributes = {
        'fiber_work.facade.name': about.facade,
        ...(verb !== undefined && { 'fiber_work.facade.operation': verb }),
      }
      return { name, kind: SpanKind.CLIENT, attributes }
    }
  }
}

/** Without the query, in which keys and tokens like to be. */
function httpAttributes(method: string, { protocol, hostname, port, origin, pathname }: URL): Attributes {
  return {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port),
    'url.full': `${origin}${pathname.slice(0, 200)}`,
  }
}
