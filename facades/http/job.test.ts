import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { cpuMsOf } from '../../test/support/cpu-time.ts'
import { failure, fiberOf, inside, serve, until } from '../../test/support/http.ts'
import { on } from '../../src/base/emit.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Events } from '../../src/contract/events.ts'
import { storage } from '../../src/sandbox/storage.ts'
import { createHttp, Http } from './index.ts'

const timeout = new FiberWorkError('FW_HANDLER_TIMEOUT', 'took too long')

function ended(): { events: Events['http.ended'][]; off: () => void } {
  const events: Events['http.ended'][] = []
  return { events, off: on('http.ended', (event) => events.push(event)) }
}

describe('inside a job', () => {
  test('the trace context goes along, unless the caller sets one', async () => {
    await using server = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const fiber = fiberOf({ headers: { traceparent: '00-a-b-01', tracestate: 'x=1' } })
    const seen = await inside(fiber, async () => (await Http.get(server.origin)).json())
    expect(seen).toMatchObject({ traceparent: '00-a-b-01', tracestate: 'x=1' })
    const own = { headers: { traceparent: '00-c-d-01' } }
    const set = await inside(fiber, async () => (await Http.get(server.origin, own)).json<Record<string, string>>())
    expect(set['traceparent']).toBe('00-c-d-01')
    expect(set['tracestate']).toBeUndefined()
    expect(await (await Http.get(server.origin)).json()).not.toHaveProperty('traceparent')
  })

  test('the call is in the books while it is open', async () => {
    await using server = await serve((_request, response) => void setTimeout(() => response.end('x'), 30))
    const fiber = fiberOf()
    const running = inside(fiber, () => Http.get(`${server.origin}/a?token=1`))
    await until(() => server.requests.length === 1)
    expect([...fiber.calls].map((call) => call.what)).toEqual([`GET ${server.origin}/a`])
    await running
    expect(fiber.calls.size).toBe(0)
  })

  test('no signal is made for it', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    const fiber = fiberOf()
    await inside(fiber, () => Http.get(server.origin))
    expect(fiber.signalUsed).toBe(false)
  })

  test('a stopped job ends its call with its own reason', async () => {
    await using server = await serve(() => undefined)
    const fiber = fiberOf()
    const running = failure(inside(fiber, () => Http.get(server.origin)))
    await until(() => server.requests.length === 1)
    fiber.abort('timeout', timeout)
    expect(await running).toBe(timeout)
    expect(fiber.signalUsed).toBe(true)
    await until(() => server.connections.open === 0)
    expect(await failure(inside(fiber, () => Http.get(server.origin)))).toBe(timeout)
    expect(server.requests.length).toBe(1)
  })

  test('a stop ends the reading of a body, and the wait before a retry', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/503') response.writeHead(503, { 'retry-after': '20' }).end()
      else response.write('x')
    })
    const fiber = fiberOf()
    const reading = failure(inside(fiber, async () => (await Http.get(server.origin)).text()))
    const waiting = failure(inside(fiber, () => Http.get(`${server.origin}/503`, { upstream: 'wait' })))
    await until(() => server.requests.length === 2)
    await new Promise((resolve) => setTimeout(resolve, 20))
    fiber.abort('timeout', timeout)
    expect(await Promise.all([reading, waiting])).toEqual([timeout, timeout])
  })

  test('after its end: FW_JOB_SETTLED, and what was open stays in the books as a zombie', async () => {
    await using server = await serve(() => undefined)
    const fiber = fiberOf()
    const left = failure(inside(fiber, () => Http.get(server.origin)))
    await until(() => server.requests.length === 1)
    fiber.settle()
    expect(await left).toMatchObject({ code: 'FW_JOB_SETTLED' })
    expect([...fiber.calls].map((call) => call.what)).toEqual([`GET ${server.origin}/`])
    expect(await failure(inside(fiber, () => Http.get(server.origin)))).toMatchObject({ code: 'FW_JOB_SETTLED' })
    await until(() => server.connections.open === 0)
  })

  test('a large body that was left unread gives its connection back at the end of the job', async () => {
    await using server = await serve((_request, response) => response.end(Buffer.alloc(4_000_000)))
    const fiber = fiberOf()
    await inside(fiber, () => Http.get(server.origin))
    expect(server.connections.open).toBe(1)
    fiber.settle()
    await until(() => server.connections.open === 0)
  })

  test('a small one is nobody’s concern', async () => {
    await using server = await serve((_request, response) => response.end('small'))
    const fiber = fiberOf()
    const response = await inside(fiber, () => Http.get(server.origin))
    expect(fiber.calls.size).toBe(0)
    fiber.settle()
    expect(await response.text()).toBe('small')
  })

  test('the connection belongs to no job, and a body is read in the caller’s context', async () => {
    await using server = await serve((_request, response, body) => response.end(body))
    const own = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    async function* body() {
      for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 2))
        seen.push(own.getStore(), storage.getStore()?.fiber?.loan.job.id)
        yield String(i)
      }
    }
    const text = await own.run('mine', () =>
      inside(fiberOf(), async () => (await Http.post(server.origin, { body: body() })).text()),
    )
    expect(text).toBe('012')
    expect(seen).toEqual(['mine', 'job-1', 'mine', 'job-1', 'mine', 'job-1'])
  })

  test('the caller’s signal ends it too, and leaves no listener behind', async () => {
    await using server = await serve((request, response) => request.url === '/ok' && response.end('x'))
    const controller = new AbortController()
    const { signal } = controller
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args))
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args))
    await (await Http.get(`${server.origin}/ok`, { signal })).text()
    expect(listeners).toBe(0)
    const running = failure(inside(fiberOf(), () => Http.get(server.origin, { signal })))
    await until(() => server.requests.length === 2)
    const reason = new Error('changed my mind')
    controller.abort(reason)
    expect(await running).toBe(reason)
    expect(await failure(Http.get(server.origin, { signal }))).toBe(reason)
  })
})

describe('http.ended', () => {
  test('once a call, with what it took', async () => {
    let left = 1
    await using server = await serve((_request, response) => response.writeHead(left-- > 0 ? 503 : 200).end('x'))
    const { events, off } = ended()
    const retry = { backoff: { kind: 'fixed', baseMs: 1 } } as const
    await inside(fiberOf(), async () => (await Http.get(`${server.origin}/p?q=1`, { retry })).text())
    await failure(Http.get(server.origin, { timeoutMs: 1, signal: AbortSignal.abort(new Error('no')) }))
    off()
    const { origin } = server
    expect(events).toMatchObject([
      { job: 'job-1', method: 'GET', origin, what: `GET ${origin}/p`, status: 200, tries: 2, error: undefined },
      { job: undefined, method: 'GET', origin, status: undefined, tries: 0, error: { message: 'no' } },
    ])
  })

  test('a body that breaks off is an error of a call that had a status', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('x')
      setTimeout(() => response.destroy(), 20)
    })
    const { events, off } = ended()
    await failure((await Http.get(server.origin)).text())
    off()
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ status: 200 })
    expect(events[0]?.error).toBeInstanceOf(Error)
  })
})

describe('interceptors', () => {
  test('run in order, may change request and response, sync or async', async () => {
    await using server = await serve((request, response) => response.end(String(request.headers['x-steps'])))
    const order: string[] = []
    const http = createHttp({
      interceptors: [
        async (request, next) => {
          order.push('a')
          request.headers['x-steps'] = 'a'
          const response = await next(request)
          order.push(`a ${response.status}`)
          return response
        },
        (request, next) => {
          order.push('b')
          return next({
            ...request,
            headers: { ...request.headers, 'x-steps': `${String(request.headers['x-steps'])}b` },
          })
        },
      ],
    })
    expect(await (await http.get(server.origin)).text()).toBe('ab')
    expect(order).toEqual(['a', 'b', 'a 200'])
  })

  test('call next again, as for a token that has run out', async () => {
    await using server = await serve((request, response) =>
      response.writeHead(request.headers['authorization'] === 'new' ? 200 : 401).end(),
    )
    const http = createHttp({
      headers: { authorization: 'old' },
      interceptors: [
        async (request, next) => {
          const response = await next(request)
          if (response.status !== 401) return response
          request.headers['authorization'] = 'new'
          return next(request)
        },
      ],
    })
    expect((await http.get(server.origin)).status).toBe(200)
  })

  test('what one throws is thrown', async () => {
    const http = createHttp({
      interceptors: [
        () => {
          throw new Error('not today')
        },
      ],
    })
    expect((await failure(http.get('http://127.0.0.1/'))).message).toBe('not today')
  })
})

test('many calls of one job on one signal cost no quadratic time', async () => {
  await using server = await serve(() => undefined)
  const http = createHttp({ connections: 4 })
  const fiber = fiberOf()
  const calls = inside(fiber, () => Array.from({ length: 5_000 }, () => failure(http.get(server.origin))))
  await until(() => server.requests.length === 4)
  const costMs = await cpuMsOf(async () => {
    fiber.abort('timeout', timeout)
    expect(new Set(await Promise.all(calls))).toEqual(new Set([timeout]))
  })
  expect(costMs).toBeLessThan(500)
})
