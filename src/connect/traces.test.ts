import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serve } from '../../test/support/http.ts'
import { startSpans } from '../../test/support/spans.ts'
import { gate, working } from '../../test/support/work.ts'
import { on } from '../base/emit.ts'
import { tracing } from '../base/tracing.ts'
import type { Events } from '../contract/events.ts'
import { bind, createDb, defineFacade, defineJob, Http, unchecked } from '../index.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const sampled = `00-${traceId}-b7ad6b7169203331-01`

let sdk: ReturnType<typeof startSpans>
beforeEach(() => void (sdk = startSpans()))
afterEach(() => sdk.end())

/** Settle spans end when the store has answered. */
const settled = (count = 1) =>
  vi.waitFor(() => expect(sdk.spans().filter(({ name }) => name.startsWith('settle '))).toHaveLength(count))

describe('a job that calls a service', () => {
  test('is one trace: send, wait, process, GET, settle', async () => {
    await using server = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const calls = defineJob('calls', { input: unchecked<{ secret: string }>(), queue: 'mails' }, async ({ secret }) => {
      const answer = await Http.post(`${server.origin}/orders?key=hunter2`, { json: { secret } })
      return answer.json<Record<string, string>>()
    })
    const { client } = await working([calls])
    const sent = await client.enqueue(calls, { secret: 'hunter2' }, { tenant: 'acme' })
    const headers = await sent.result()
    await settled()
    const [send, wait, run, post] = ['send mails', 'wait mails', 'process mails', 'POST'].map(sdk.one)
    const settle = sdk.one('settle mails')
    expect([send, wait, run, post, settle].map((span) => [span!.kind, span!.parent])).toEqual([
      ['PRODUCER', undefined],
      ['INTERNAL', send!.spanId],
      ['CONSUMER', send!.spanId],
      ['CLIENT', run!.spanId],
      ['CLIENT', run!.spanId],
    ])
    expect(new Set(sdk.spans().map((span) => span.traceId)).size).toBe(1)
    expect(headers['traceparent']).toBe(`00-${post!.traceId}-${post!.spanId}-01`)
    expect(run!.attributes).toMatchObject({
      'messaging.system': 'fiber-work',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'mails',
      'messaging.message.id': sent.id,
      'fiber_work.job.name': 'calls',
      'fiber_work.job.attempt': 1,
      'fiber_work.job.tenant': 'acme',
      'fiber_work.job.verdict': 'done',
    })
    expect(send!.attributes).toMatchObject({ 'messaging.message.id': sent.id, 'fiber_work.enqueue.outcome': 'added' })
    expect(settle.attributes).toMatchObject({ 'fiber_work.settle.outcome': 'settled' })
    expect(post!.attributes).toMatchObject({
      'http.request.method': 'POST',
      'url.full': `${server.origin}/orders`,
      'server.address': '127.0.0.1',
      'http.response.status_code': 200,
    })
    expect(JSON.stringify(sdk.spans())).not.toContain('hunter2')
  })

  test('stands between the spans of the application', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    let active: string | undefined
    const calls = defineJob('calls', {}, async () => {
      active = trace.getActiveSpan()?.spanContext().spanId
      await sdk.tracer.startActiveSpan('inner', async (span) => {
        await Http.get(server.origin)
        span.end()
      })
    })
    const { client } = await working([calls])
    await sdk.tracer.startActiveSpan('outer', async (span) => {
      await (await client.enqueue(calls)).result()
      span.end()
    })
    const run = sdk.one('process default')
    expect(active).toBe(run.spanId)
    expect(sdk.one('send default').parent).toBe(sdk.one('outer').spanId)
    expect(sdk.one('inner').parent).toBe(run.spanId)
    expect(sdk.one('GET').parent).toBe(sdk.one('inner').spanId)
  })

  test('with a plain fetch too, and says what failed', async () => {
    await using server = await serve((_request, response) => response.writeHead(503).end())
    const calls = defineJob('calls', { attempts: 1 }, async () => {
      await fetch(`${server.origin}/a`)
      throw new TypeError('no such order')
    })
    const { client } = await working([calls], { ownProcess: true })
    await expect((await client.enqueue(calls)).result()).rejects.toThrow('no such order')
    const run = sdk.one('process default')
    expect(sdk.one('GET')).toMatchObject({
      parent: run.spanId,
      attributes: { 'http.response.status_code': 503, 'error.type': '503' },
      status: { code: 'ERROR' },
    })
    expect(run).toMatchObject({
      attributes: { 'error.type': 'TypeError', 'fiber_work.job.verdict': 'dead' },
      status: { code: 'ERROR', message: 'TypeError: no such order' },
    })
  })

  test('has one span a request, also where somebody instruments undici', async () => {
    await using server = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const instrument = () => sdk.tracer.startSpan('by the instrumentation').end()
    subscribe('undici:request:create', instrument)
    const calls = defineJob('calls', {}, async () => {
      await Http.get(server.origin)
      await fetch(server.origin)
    })
    const { client } = await working([calls], { ownProcess: true })
    await (await client.enqueue(calls)).result()
    unsubscribe('undici:request:create', instrument)
    const names = sdk.spans().map(({ name }) => name)
    expect(names.filter((name) => name === 'GET')).toHaveLength(2)
    expect(names).not.toContain('by the instrumentation')
  })

  test('a call that fails is an error with its code', async () => {
    const calls = defineJob('calls', {}, async () => {
      await Http.get('http://127.0.0.1:1/', { retry: false }).catch(() => {})
    })
    const { client } = await working([calls])
    await (await client.enqueue(calls)).result()
    expect(sdk.one('GET').status.code).toBe('ERROR')
    expect(sdk.one('GET').attributes['error.type']).toMatch(/^(?:FW_|E)[A-Z_]+$/)
    expect(sdk.one('process default').status.code).toBe('UNSET')
  })
})

describe('callbacks', () => {
  test('of an emitter, bound to a job, run with its span active', async () => {
    const emitter = new EventEmitter()
    const seen: (string | undefined)[] = []
    const see = () => void seen.push(trace.getActiveSpan()?.spanContext().spanId)
    const { opened, open } = gate()
    const listens = defineJob('listens', {}, async (_, job) => {
      job.on(emitter, 'told', see)
      emitter.on('told', bind(see))
      open()
      await job.sleep(5)
      await new Promise<void>((resolve) => emitter.once('done', resolve))
    })
    const { client } = await working([listens])
    const sent = await client.enqueue(listens)
    await opened
    sdk.tracer.startActiveSpan('of somebody else', () => emitter.emit('told'))
    await vi.waitFor(() => {
      emitter.emit('done')
      return sdk.one('process default')
    })
    await sent.result()
    const { spanId } = sdk.one('process default')
    expect(seen).toEqual([spanId, spanId])
  })
})

describe('other facades', () => {
  test('have their spans, and run with them active', async () => {
    const stripe = defineFacade('stripe', {
      open: () => ({ charge: () => trace.getActiveSpan()?.spanContext().spanId }),
      face: (door) => ({ charge: (who: string) => door.call(`charge ${who}`, (resource) => resource.charge()) }),
    })
    const db = createDb({ connections: { default: 'sqlite::memory:' } })
    const pays = defineJob('pays', {}, async () => {
      await db.query('select ? as card', ['4111-1111'])
      await db.transaction(async (tx) => tx.query('select 1'))
      return stripe.charge('bob@example.com')
    })
    const { client } = await working([pays])
    const active = await (await client.enqueue(pays)).result()
    const run = sdk.one('process default')
    expect(sdk.one('stripe charge')).toMatchObject({ spanId: active, parent: run.spanId, kind: 'CLIENT' })
    const selects = sdk.spans().filter(({ name }) => name === 'SELECT')
    expect(selects.map(({ parent }) => parent)).toEqual([run.spanId, sdk.one('TRANSACTION').spanId])
    expect(selects[0]?.attributes).toMatchObject({ 'db.system.name': 'sqlite', 'db.operation.name': 'SELECT' })
    expect(JSON.stringify(sdk.spans())).not.toMatch(/4111|bob/)
    await db.close()
  })
})

describe('events', () => {
  test('say which trace a job belongs to', async () => {
    const ended: Events['job.ended'][] = []
    const off = on('job.ended', (event) => ended.push(event))
    const runs = defineJob('runs', {}, () => {})
    const { client } = await working([runs])
    await (await client.enqueue(runs)).result()
    off()
    const { traceId, spanId } = sdk.one('process default')
    expect(ended[0]).toMatchObject({ traceId, spanId })
  })
})

describe('without an SDK', () => {
  test('nobody traces, and a job still tells the trace that it came with', async () => {
    sdk.end()
    const ended: Events['job.ended'][] = []
    const off = on('job.ended', (event) => ended.push(event))
    const runs = defineJob('runs', {}, (_, job) => job.headers['traceparent'])
    const { client } = await working([runs])
    expect(await (await client.enqueue(runs)).result()).toBeUndefined()
    expect(await (await client.enqueue(runs, undefined, { headers: { traceparent: sampled } })).result()).toBe(sampled)
    off()
    expect(tracing.now).toBeUndefined()
    expect(ended.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      [undefined, undefined],
      [traceId, undefined],
    ])
  })
})
