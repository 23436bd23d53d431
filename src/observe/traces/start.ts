import type { Env } from '../../base/env.ts'
import { emit } from '../../base/emit.ts'
import { tracing } from '../../base/tracing.ts'

/** Where OpenTelemetry's API keeps what was registered with it, whatever copy of it. */
const key = Symbol.for('opentelemetry.js.api.1')

/** Is there an SDK? Asked without loading anything. */
export function isRegistered(): boolean {
  const api = (globalThis as Record<symbol, unknown>)[key] as { trace?: unknown } | undefined
  return api?.trace !== undefined
}

const strangers =
  'An OpenTelemetry SDK is registered, but with another version of @opentelemetry/api than the one fiber-work has: install one that suits both (npm ls @opentelemetry/api). No jobs are traced.'

/**
 * Traces the jobs of this process, if an SDK is registered with OpenTelemetry's API by now. Without one nothing is loaded, and
 * nothing but this look is done.
 */
export async function traceIfRegistered(env: Env, version: string): Promise<void> {
  if (tracing.now !== undefined || !isRegistered()) return
  const { OtelTracing } = await import('./tracing.ts')
  const tracer = new OtelTracing(env, version)
  if (tracer.works) tracing.now ??= tracer
  else emit('traces.failed', () => ({ spans: 0, error: new Error(strangers) }))
}
