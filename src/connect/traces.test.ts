import { trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serve } from '../../test/support/http.ts'
import { startSpans } from '../../test/support/spans.ts'
import { working } from '../../test/support/work.ts'
import { on } from '../base/emit.ts'
import { tracing } from '../base/tracing.ts'
import type { Events } from '../contract/events.ts'
import { createDb, defineFacade, defineJob, Http, unchecked } from '../index.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const sampled = `00-${traceId}-b7ad6b7169203331-01`
const unsampled = `00-${traceId}-b7ad6b7169203331-00`

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

describe('whose trace', () => {
  const runs = defineJob('runs', {}, (_, job) => job.headers['traceparent'])

  test('a traceparent that the caller gives is the parent', async () => {
    const { client } = await working([runs])
    const seen = await (
      await client.enqueue(runs, undefined, { headers: { traceparent: sampled, tracestate: 'a=1' } })
    ).result()
    const send = sdk.one('send default')
    expect(send).toMatchObject({ traceId, parent: 'b7ad6b7169203331' })
    expect(seen).toBe(`00-${traceId}-${send.spanId}-01`)
    expect(sdk.raw()[0]?.spanContext().traceState?.serialize()).toBe('a=1')
  })

  test('what is none stays as it is, and the run is a trace of its own', async () => {
    const { client } = await working([runs])
    expect(await (await client.enqueue(runs, undefined, { headers: { traceparent: 'own' } })).result()).toBe('own')
    expect(sdk.one('process default').parent).toBeUndefined()
    expect(sdk.spans().map(({ name }) => name)).not.toContain('send default')
  })

  test('link: a trace of its own, with a link to the one that enqueued it', async () => {
    const { client } = await working([runs], { traceMode: 'link' })
    await (await client.enqueue(runs)).result()
    const [send, run, wait] = ['send default', 'process default', 'wait default'].map(sdk.one)
    expect(run).toMatchObject({ parent: undefined, links: [send!.spanId] })
    expect(run!.traceId).not.toBe(send!.traceId)
    expect(wait).toMatchObject({ traceId: send!.traceId, parent: send!.spanId })
  })

  test('an unsampled parent has no sampled child, whatever the sampler', async () => {
    await using server = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const child = defineJob('child', {}, (_, job) => job.headers['traceparent'])
    const calls = defineJob('calls', {}, async (_, job) => {
      const heard = await (await Http.get(server.origin)).json<Record<string, string>>()
      const active = trace.getActiveSpan()?.spanContext()
      return { id: await job.enqueue(child), heard: heard['traceparent'], active }
    })
    const { client } = await working([calls, child])
    const { id, heard, active } = await (
      await client.enqueue(calls, undefined, { headers: { traceparent: unsampled } })
    ).result()
    expect({ heard, child: await client.job(id).result() }).toEqual({ heard: unsampled, child: unsampled })
    expect(active).toMatchObject({ traceId, traceFlags: 0 })
    expect(sdk.spans()).toEqual([])
  })

  test('a follow-up is created in the run of its parent', async () => {
    const child = defineJob('child', { queue: 'children' }, () => {})
    const parent = defineJob('parent', {}, (_, job) => job.enqueue(child))
    const { client } = await working([parent, child])
    const id = await (await client.enqueue(parent)).result()
    await client.job(id).result()
    expect(sdk.one('create children')).toMatchObject({
      kind: 'PRODUCER',
      parent: sdk.one('process default').spanId,
      attributes: { 'messaging.operation.type': 'create', 'messaging.message.id': id },
    })
    expect(sdk.one('process children').parent).toBe(sdk.one('create children').spanId)
  })

  test('many at once have one span', async () => {
    const { client } = await working([runs])
    const sent = await client.enqueueMany(runs, [undefined, undefined, undefined])
    await Promise.all(sent.map((one) => one.result()))
    const send = sdk.one('send default')
    expect(send.attributes['messaging.batch.message_count']).toBe(3)
    const processed = sdk.spans().filter(({ name }) => name === 'process default')
    expect(processed.map(({ parent }) => parent)).toEqual([send.spanId, send.spanId, send.spanId])
  })

  test('what is prepared for a transaction of the caller carries a span', async () => {
    const { client } = await working([runs])
    const job = await client.prepare(runs)
    expect(job.headers?.['traceparent']).toContain(sdk.one('create default').spanId)
  })

  test('an enqueue that is refused is an error', async () => {
    const { client } = await working([runs])
    await expect(client.enqueue(runs, undefined, { group: 'x'.repeat(9_999) })).rejects.toThrow('is not a group')
    expect(sdk.one('send default').status.code).toBe('ERROR')
  })

  test('an attempt that is tried again is an error; the next one is its sibling', async () => {
    const fails = defineJob('fails', { attempts: 2, backoff: { kind: 'fixed', baseMs: 1 } }, (_, job) => {
      if (job.attempt === 1) throw new Error('not yet')
    })
    const { client } = await working([fails])
    await (await client.enqueue(fails)).result()
    await settled(2)
    const runsOf = sdk.spans().filter(({ name }) => name === 'process default')
    expect(runsOf.map(({ attributes, status }) => [attributes['fiber_work.job.verdict'], status.code])).toEqual([
      ['retry', 'ERROR'],
      ['done', 'UNSET'],
    ])
    expect(new Set(runsOf.map(({ parent }) => parent)).size).toBe(1)
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
