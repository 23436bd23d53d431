import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { tracing } from '../../src/base/tracing.ts'

export interface Seen {
  name: string
  kind: string
  parent: string | undefined
  attributes: Record<string, unknown>
  status: { code: string; message: string | undefined }
  traceId: string
  spanId: string
  links: string[]
  startMs: number
  ms: number
}

/** A real SDK that keeps its spans, registered until `end`. */
export function startSpans(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    ...(sampler && { sampler }),
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  return {
    tracer: provider.getTracer('the application'),
    raw: () => exporter.getFinishedSpans(),
    spans: () => exporter.getFinishedSpans().map(seen),
    /** The one of that name; throws when there is none, or another one. */
    one(name: string): Seen {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name)
      if (found.length === 1) return seen(found[0]!)
      throw new Error(
        `${found.length} spans "${name}" among ${exporter
          .getFinishedSpans()
          .map((span) => span.name)
          .join(', ')}`,
      )
    },
    end() {
      tracing.now = undefined
      trace.disable()
      context.disable()
    },
  }
}

function seen(span: ReadableSpan): Seen {
  const { traceId, spanId } = span.spanContext()
  const ms = ([seconds, nanos]: [number, number]) => seconds * 1_000 + nanos / 1e6
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    parent: span.parentSpanContext?.spanId,
    attributes: span.attributes,
    status: { code: SpanStatusCode[span.status.code], message: span.status.message },
    traceId,
    spanId,
    links: span.links.map((link) => link.context.spanId),
    startMs: ms(span.startTime),
    ms: ms(span.duration),
  }
}
