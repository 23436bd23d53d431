import { createTraceState, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { TraceHeaders } from '../../base/tracing.ts'

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
/** The standard asks for no more than this to be carried on. */
const stateCharsMax = 512

/** The trace context that a job carries; undefined where there is none, or none that is valid. Later versions are read as far as they are known. */
export function spanContextOf(headers: Record<string, string> | undefined): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = form.exec(headers?.['traceparent'] ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  const found: SpanContext = { traceId, spanId, traceFlags, isRemote: true }
  const state = headers?.['tracestate']
  if (state !== undefined && state.length <= stateCharsMax) found.traceState = createTraceState(state)
  return isSpanContextValid(found) ? found : undefined
}

export function headersOf({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`
  const tracestate = traceState?.serialize()
  return tracestate === undefined || tracestate === '' ? { traceparent } : { traceparent, tracestate }
}

export const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0
