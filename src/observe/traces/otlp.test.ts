import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { context, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startCollector } from '../../../test/support/collector.ts'
import { serve } from '../../../test/support/http.ts'
import { startSpans } from '../../../test/support/spans.ts'
import { systemEnv } from '../../base/env.ts'
import { tracing } from '../../base/tracing.ts'
import { startOtlp, tracesUrl } from './otlp.ts'
import { samplerOf } from './sampler.ts'
import { isRegistered, traceIfRegistered } from './start.ts'

const start = (url: string, variables: Record<string, string> = {}) =>
  startOtlp({ url, env: systemEnv, flushMs: 1_000, variables })

afterEach(() => {
  vi.doUnmock('@opentelemetry/sdk-trace')
  tracing.now = undefined
  trace.disable()
  context.disable()
})

test('the URL is a base, as that of OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  expect(
    ['http://a:4318', 'http://a:4318/', 'https://b/otlp', 'https://b/otlp/v1/traces', 'https://b/v1/traces/?x=1'].map(
      tracesUrl,
    ),
  ).toEqual([
    'http://a:4318/v1/traces',
    'http://a:4318/v1/traces',
    'https://b/otlp/v1/traces',
    'https://b/otlp/v1/traces',
    'https://b/v1/traces?x=1',
  ])
})

test('without its packages it says which to install', async () => {
  vi.doMock('@opentelemetry/sdk-trace', () => {
    throw new Error('not found')
  })
  await expect(start('http://127.0.0.1:1')).rejects.toMatchObject({
    code: 'FW_PACKAGE_MISSING',
    message: expect.stringContaining(
      'npm install @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http @opentelemetry/context-async-hooks @opentelemetry/resources',
    ) as string,
  })
  expect(isRegistered()).toBe(false)
})

test('hands on what is left at its end, and leaves nothing registered', async () => {
  await using collector = await startCollector()
  const end = await start(collector.url, { OTEL_BSP_SCHEDULE_DELAY: '60000' })
  trace.getTracer('x').startSpan('the last one').end()
  expect(collector.spans).toEqual([])
  await end()
  expect(collector.spans.map(({ name }) => name)).toEqual(['the last one'])
  expect(collector.resource).toMatchObject({ 'service.name': 'fiber-work', 'process.pid': process.pid })
  expect(isRegistered()).toBe(false)
})

test('sends outside of whatever context a span has ended in', async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  await using collector = await serve((_request, response) => response.end('{}'))
  const end = await start(collector.origin, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' })
  const see = () => void seen.push(storage.getStore())
  subscribe('http.client.request.start', see)
  storage.run('a job', () => trace.getTracer('x').startSpan('one').end())
  await end()
  unsubscribe('http.client.request.start', see)
  expect(seen).toEqual([undefined])
})

describe('it stays out of the way', () => {
  test('where an SDK is registered already', async () => {
    const own = startSpans()
    const end = await start('http://127.0.0.1:1')
    trace.getTracer('x').startSpan('mine').end()
    await end()
    expect(own.one('mine')).toBeDefined()
    expect(isRegistered()).toBe(true)
  })

  test('where OTEL_SDK_DISABLED says so', async () => {
    await start('http://127.0.0.1:1', { OTEL_SDK_DISABLED: 'true' })
    expect(isRegistered()).toBe(false)
  })
})

describe('the sampler', async () => {
  const sdk = await import('@opentelemetry/sdk-trace')
  test.each([
    [{}, 'ParentBased{root=AlwaysOnSampler'],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 'AlwaysOnSampler'],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, 'AlwaysOffSampler'],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 'TraceIdRatioBased{0.25}'],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, 'ParentBased{root=TraceIdRatioBased{1}'],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 'ParentBased{root=AlwaysOffSampler'],
  ])('%o', (variables, says) => {
    expect(samplerOf(sdk, variables)?.toString()).toContain(says)
  })

  test.each([
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '25%' }],
  ])('%o is refused', async (variables) => {
    await expect(start('http://127.0.0.1:1', variables)).rejects.toThrow(/is no sampler: there are always_on/)
  })
})

test('an SDK that another version of the API has registered is told of, and nothing is traced', async () => {
  const { on } = await import('../../base/emit.ts')
  const told: unknown[] = []
  const off = on('traces.failed', ({ error }) => told.push(String(error)))
  const key = Symbol.for('opentelemetry.js.api.1')
  const global = globalThis as Record<symbol, unknown>
  global[key] = { version: '1.0.0', trace: { getTracer: () => undefined } }
  await traceIfRegistered(systemEnv, '0')
  delete global[key]
  off()
  expect(tracing.now).toBeUndefined()
  expect(told).toEqual([expect.stringContaining('another version of @opentelemetry/api')])
})
