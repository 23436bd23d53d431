import { type Attributes, SpanStatusCode, type Span } from '@opentelemetry/api'
import type { StoredJob } from '../../contract/job.ts'
import { tenantHeader } from '../../contract/job.ts'
import { cleanText, errorLine } from '../log/clean.ts'

const system = 'fiber-work'

/** What OpenTelemetry's conventions for messaging call it. */
export function messaging(operation: string, type: string, queue: string): Attributes {
  return {
    'messaging.system': system,
    'messaging.operation.name': operation,
    'messaging.operation.type': type,
    'messaging.destination.name': queue,
  }
}

/** Whose it is. Nothing of what the job carries. */
export function jobAttributes({ id, name, priority, group, headers }: StoredJob): Attributes {
  const tenant = headers?.[tenantHeader]
  return {
    'messaging.message.id': id,
    'fiber_work.job.name': name,
    'fiber_work.job.priority': priority,
    ...(group !== undefined && { 'fiber_work.job.group': group }),
    ...(tenant !== undefined && { 'fiber_work.job.tenant': tenant }),
  }
}

/** What was thrown: its code or its name, and its first line. */
export function failed(span: Span, error: unknown): void {
  span.setAttribute('error.type', typeOf(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorLine(error) })
}

/** The same of the text that is left of it: `TypeError [ERR_X]: message`, and its stack. */
export function failedWith(span: Span, text: string | undefined, otherwise: string): void {
  const line = text?.split('\n', 1)[0] ?? ''
  const [, name, code] = /^([A-Za-z_$][\w$.]{0,80})(?: \[([\w$.-]{1,80})\])?:/.exec(line) ?? []
  span.setAttribute('error.type', code ?? name ?? otherwise)
  span.setStatus({ code: SpanStatusCode.ERROR, message: line === '' ? otherwise : cleanText(line) })
}

function typeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER'
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (typeof code === 'string' && code !== '') return code.slice(0, 80)
  return typeof name === 'string' && name !== '' ? name.slice(0, 80) : '_OTHER'
}
