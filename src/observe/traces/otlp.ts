import { AsyncLocalStorage } from 'node:async_hooks'
import { hostname } from 'node:os'
import { context, trace } from '@opentelemetry/api'
import type { BatchSpanProcessorOptions, ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { emit } from '../../base/emit.ts'
import { type Env, within } from '../../base/env.ts'
import { tracing } from '../../base/tracing.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import { isRegistered } from './start.ts'
import { samplerOf } from './sampler.ts'

export interface OtlpOptions {
  /** Where OTLP/HTTP is served; `/v1/traces` is added unless it ends so. */
  url: string
  env: Env
  /** How long the last spans may take to be handed on. */
  flushMs: number
  /** `OTEL_*`; the process's by default. */
  variables?: Record<string, string | undefined>
}

/** A collector that has not answered by then never will. */
const exportTimeoutMs = 10_000

/**
 * Registers an SDK with OpenTelemetry's API that sends spans to a collector in batches, beside the jobs: what it cannot send it
 * drops. Answers the function that hands on the last ones and ends it. Where an SDK is registered already (`node --import`), that
 * one stays, and this does nothing.
 * Throws `FW_PACKAGE_MISSING`, `FW_CONFIG_INVALID`.
 */
export async function startOtlp({
  url,
  env,
  flushMs,
  variables = process.env,
}: OtlpOptions): Promise<() => Promise<void>> {
  if (isRegistered() || variables['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return async () => {}
  const { sdk, exporters, contexts, resources } = await loadSdk()
  const sampler = samplerOf(sdk, variables)
  if (sampler === undefined) throw unknownSampler(variables)
  const exporter = new Telling(new exporters.OTLPTraceExporter({ url: tracesUrl(url) }))
  const own = resources.resourceFromAttributes({
    'service.name': 'fiber-work',
    'service.instance.id': env.id(),
    'host.name': hostname(),
    'process.pid': process.pid,
  })
  const named = resources.detectResources({ detectors: [resources.envDetector] })
  const provider = new sdk.TracerProvider({
    sampler,
    resource: resources.defaultResource().merge(own).merge(named),
    spanProcessors: [new Outside(new sdk.BatchSpanProcessor({ exporter, ...batching(variables) }))],
  })
  const manager = new contexts.AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  trace.setGlobalTracerProvider(provider)
  return async () => {
    const ending = provider.shutdown().catch((error: unknown) => emit('traces.failed', () => ({ spans: 0, error })))
    if (!(await within(env, flushMs, ending))) exporter.late(flushMs)
    tracing.now = undefined
    trace.disable()
    context.disable()
  }
}

/**
 * Gathers and sends outside of whatever job a span has ended in: its timers and sockets are nobody's, and no job is blamed for what goes
 * wrong there. Made before the first job.
 */
class Outside implements SpanProcessor {
  readonly #inner: SpanProcessor
  readonly #outside = AsyncLocalStorage.snapshot()

  constructor(inner: SpanProcessor) {
    this.#inner = inner
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.#outside(() => this.#inner.onEnd(span))
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown()
  }
}

/** Tells of what the collector did not take. */
class Telling implements SpanExporter {
  readonly #inner: SpanExporter
  /** Handed over and not yet answered. */
  #open = 0

  constructor(inner: SpanExporter) {
    this.#inner = inner
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#open += spans.length
    this.#inner.export(spans, (result) => {
      this.#open -= spans.length
      if (result.error !== undefined) emit('traces.failed', () => ({ spans: spans.length, error: result.error }))
      done(result)
    })
  }

  late(ms: number): void {
    emit('traces.failed', () => ({ spans: this.#open, error: new Error(`no answer within ${ms} ms`) }))
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown()
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.()
  }
}

/** As `OTEL_EXPORTER_OTLP_ENDPOINT` is read: a base. */
export function tracesUrl(url: string): string {
  const parsed = new URL(url)
  const path = parsed.pathname.replace(/\/+$/, '')
  parsed.pathname = path.endsWith('/v1/traces') ? path : `${path}/v1/traces`
  return parsed.href
}

/** Spans that wait are bounded: what comes on top is dropped. */
function batching(variables: Record<string, string | undefined>): Omit<BatchSpanProcessorOptions, 'exporter'> {
  const read = (name: string, otherwise: number) => {
    const value = Number(variables[name])
    return Number.isSafeInteger(value) && value > 0 ? value : otherwise
  }
  const maxQueueSize = read('OTEL_BSP_MAX_QUEUE_SIZE', 16_384)
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(maxQueueSize, read('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    scheduledDelayMillis: read('OTEL_BSP_SCHEDULE_DELAY', 1_000),
    exportTimeoutMillis: read('OTEL_BSP_EXPORT_TIMEOUT', exportTimeoutMs),
  }
}

async function loadSdk() {
  try {
    const [sdk, exporters, contexts, resources] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/resources'),
    ])
    return { sdk, exporters, contexts, resources }
  } catch (cause) {
    const names = ['sdk-trace', 'exporter-trace-otlp-http', 'context-async-hooks', 'resources']
    const packages = names.map((name) => `@opentelemetry/${name}`).join(' ')
    throw new FiberWorkError(
      'FW_PACKAGE_MISSING',
      `--otlp needs OpenTelemetry's SDK, which is not installed: npm install ${packages}`,
      { cause },
    )
  }
}

function unknownSampler(variables: Record<string, string | undefined>): FiberWorkError {
  const { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument } = variables
  return new FiberWorkError(
    'FW_CONFIG_INVALID',
    `OTEL_TRACES_SAMPLER=${name}${argument === undefined ? '' : ` OTEL_TRACES_SAMPLER_ARG=${argument}`} is no sampler: there are always_on, always_off, traceidratio (with a number from 0 to 1) and the same with parentbased_ before it.`,
  )
}
