import { trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serve } from '../../test/support/http.ts'
import { startSpans } from '../../test/support/spans.ts'
import { working } from '../../test/support/work.ts'
import { defineJob, Http } from '../index.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const sampled = `00-${traceId}-b7ad6b7169203331-01`
const unsampled = `00-${traceId}-b7ad6b7169203331-00`

let sdk: ReturnType<typeof startSpans>
beforeEach(() => void (sdk = startSpans()))
afterEach(() => sdk.end())

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
    await vi.waitFor(() => expect(sdk.spans().filter(({ name }) => name === 'settle default')).toHaveLength(2))
    const runsOf = sdk.spans().filter(({ name }) => name === 'process default')
    expect(runsOf.map(({ attributes, status }) => [attributes['fiber_work.job.verdict'], status.code])).toEqual([
      ['retry', 'ERROR'],
      ['done', 'UNSET'],
    ])
    expect(new Set(runsOf.map(({ parent }) => parent)).size).toBe(1)
  })
})
