import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { failure, fiberOf, inside, serve, until } from '../../test/support/http.ts'
import { on } from '../../src/base/emit.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Events } from '../../src/contract/events.ts'
import { peekFiber } from '../../src/sandbox/storage.ts'
import { bindFetch } from './index.ts'

const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
const original = globalThis.fetch
const undos: (() => void)[] = []
const bind = () => {
  const undo = bindFetch()
  undos.push(undo)
  return undo
}

afterEach(() => {
  for (const undo of undos.splice(0)) undo()
  expect(globalThis.fetch).toBe(original)
})

describe('inside a job', () => {
  test('a plain fetch has trace, accounting and the job’s signal', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/hang') return
      setTimeout(() => response.end(JSON.stringify(request.headers)), 20)
    })
    bind()
    const events: Events['http.ended'][] = []
    const off = on('http.ended', (event) => events.push(event))
    const fiber = fiberOf({ headers: { traceparent: '00-a-b-01', tracestate: 'x=1' } })
    await inside(fiber, async () => {
      const running = fetch(`${server.origin}/a?secret=1`, { headers: { 'x-a': '1' } })
      await Promise.resolve()
      expect([...fiber.calls].map((call) => call.what)).toEqual([`GET ${server.origin}/a`])
      const seen = await (await running).json()
      expect(seen).toMatchObject({ traceparent: '00-a-b-01', tracestate: 'x=1', 'x-a': '1' })
      expect(fiber.calls.size).toBe(0)
      const given = new Request(server.origin, { method: 'POST', headers: { traceparent: 'own' }, body: 'x' })
      expect(await (await fetch(given)).json()).toMatchObject({
        traceparent: 'own',
        'content-type': 'text/plain;charset=UTF-8',
      })
    })
    const stuck = failure(inside(fiber, () => fetch(`${server.origin}/hang`)))
    await until(() => server.requests.length === 3)
    const reason = new FiberWorkError('FW_HANDLER_TIMEOUT', 'too long')
    fiber.abort('timeout', reason)
    expect(await stuck).toBe(reason)
    off()
    expect(events).toMatchObject([
      { job: 'job-1', method: 'GET', origin: server.origin, status: 200 },
      { job: 'job-1', method: 'POST', status: 200 },
      { job: 'job-1', status: undefined, error: reason },
    ])
  })

  test('the connection that it opens belongs to no job; a stream is read in its own', async () => {
    await using server = await serve((_request, response, body) => void response.end(body))
    bind()
    const connected: unknown[] = []
    const seen = () => void connected.push(peekFiber())
    subscribe('undici:client:connected', seen)
    const fiber = fiberOf()
    const readBy: unknown[] = []
    await inside(fiber, async () => {
      expect(await (await fetch(server.origin, { method: 'POST', body: 'plain' })).text()).toBe('plain')
      expect(peekFiber()).toBe(fiber)
      const body = new ReadableStream({
        pull(controller) {
          readBy.push(peekFiber())
          controller.enqueue(new TextEncoder().encode('streamed'))
          controller.close()
        },
      })
      const streamed = await fetch(server.origin, { method: 'POST', body, duplex: 'half' })
      expect(await streamed.text()).toBe('streamed')
    })
    unsubscribe('undici:client:connected', seen)
    expect(connected[0]).toBeUndefined()
    expect(readBy).toEqual([fiber])
  })

  test('the caller’s own signal counts too', async () => {
    await using server = await serve(() => undefined)
    bind()
    const controller = new AbortController()
    const running = failure(inside(fiberOf(), () => fetch(server.origin, { signal: controller.signal })))
    const request = new Request(server.origin, { signal: controller.signal })
    const second = failure(inside(fiberOf(), () => fetch(request)))
    await until(() => server.requests.length === 2)
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await Promise.all([running, second])).toEqual([reason, reason])
  })

  test('after its end it rejects, and an open one is a zombie', async () => {
    await using server = await serve(() => undefined)
    bind()
    const fiber = fiberOf()
    const open = failure(inside(fiber, () => fetch(server.origin)))
    await until(() => server.requests.length === 1)
    fiber.settle()
    expect((await open).name).toBe('AbortError')
    expect(fiber.calls.size).toBe(1)
    expect(await failure(inside(fiber, () => fetch(server.origin)))).toMatchObject({ code: 'FW_JOB_SETTLED' })
  })

  test('what is not http is fetch’s own affair', async () => {
    bind()
    const fiber = fiberOf()
    expect(await (await inside(fiber, () => fetch('data:,hello'))).text()).toBe('hello')
    expect(await failure(inside(fiber, () => fetch('nonsense')))).toBeInstanceOf(TypeError)
  })
})

describe('binding', () => {
  test('outside of a job the original gets the very same arguments', async () => {
    const spy = vi.fn<typeof fetch>(() => Promise.resolve(new Response('x')))
    Object.defineProperty(globalThis, 'fetch', { value: spy, configurable: true, writable: true, enumerable: true })
    try {
      bind()
      const init = { method: 'POST' }
      await fetch('http://x/', init)
      expect(spy.mock.calls[0]?.[0]).toBe('http://x/')
      expect(spy.mock.calls[0]?.[1]).toBe(init)
      for (const undo of undos.splice(0)) undo()
      expect(globalThis.fetch).toBe(spy)
    } finally {
      if (before !== undefined) Object.defineProperty(globalThis, 'fetch', before)
    }
  })

  test('looks like the original, and is restored exactly by the last of several', () => {
    const [first, second] = [bind(), bind()]
    expect(globalThis.fetch).not.toBe(original)
    expect([globalThis.fetch.name, globalThis.fetch.length]).toEqual([original.name, original.length])
    first()
    first()
    expect(globalThis.fetch).not.toBe(original)
    second()
    expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toEqual(before)
  })

  test('somebody who has wrapped it since stays', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    const undo = bind()
    const bound = globalThis.fetch
    const theirs: typeof fetch = (...args) => bound(...args)
    globalThis.fetch = theirs
    undo()
    expect(globalThis.fetch).toBe(theirs)
    const fiber = fiberOf()
    await (await inside(fiber, () => fetch(server.origin))).text()
    const again = bind()
    expect(globalThis.fetch).not.toBe(theirs)
    again()
    expect(globalThis.fetch).toBe(theirs)
    if (before !== undefined) Object.defineProperty(globalThis, 'fetch', before)
  })
})
