import type { JobEvent } from '../contract/events.ts'
import type { Fiber } from './fiber.ts'
import type { Handle } from './storage.ts'

/** What events, and whatever else outlives the job, say of it. */
export function labelOf(fiber: Fiber): JobEvent {
  const { job, attempts } = fiber.loan
  const { id, name, queue, group } = job
  const { worker, tenant, trace } = fiber
  const label: JobEvent = { worker, id, name, queue, group, attempt: attempts }
  if (tenant !== undefined) label.tenant = tenant
  const traceId = trace === undefined ? traceIdOf(job.headers?.['traceparent']) : trace.traceId
  if (traceId !== undefined) label.traceId = traceId
  const spanId = trace?.spanId
  if (spanId !== undefined) label.spanId = spanId
  return label
}

/** Of `00-<trace>-<span>-<flags>`. Without a tracer too, lines of the log belong to the trace that the job came with. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent)?.[1]
}

/** Whose sandbox this is, or was. */
export function labelOfHandle({ fiber, was }: Handle): JobEvent | undefined {
  return fiber === undefined ? was : labelOf(fiber)
}
