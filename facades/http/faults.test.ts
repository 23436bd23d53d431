import { Readable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { elapsedMs, failure, serve, serveRaw, until } from '../../test/support/http.ts'
import { createHttp, Http } from './index.ts'

const answer = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`

describe('timeouts', () => {
  test('a server that never answers', async () => {
    await using server = await serve(() => undefined)
    const ms = await elapsedMs(async () => {
      const error = await failure(Http.get(`${server.origin}/slow?secret=1`, { timeoutMs: 60 }))
      expect(error).toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
      expect(error.message).toBe(`GET ${server.origin}/slow: no answer after 60 ms (\`timeoutMs\`).`)
    })
    // Not the default, which is thirty seconds.
    expect(ms).toBeLessThan(5_000)
    await until(() => server.connections.open === 0)
  })

  test('a body that drips past the timeout', async () => {
    await using server = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    })
    const response = await Http.get(server.origin, { timeoutMs: 100 })
    expect(await failure(response.text())).toMatchObject({ code: 'FW_CALL_TIMEOUT' })
    const stream = (await Http.get(server.origin, { timeoutMs: 100 })).stream()
    expect(await failure(stream.toArray())).toMatchObject({ code: 'FW_CALL_TIMEOUT' })
  })

  test('an address that swallows packets', async () => {
    // 192.0.2.0/24 is reserved for documentation. Where there is no route at all, that is an answer too.
    const own = createHttp({ connectTimeoutMs: 100 })
    const error = await failure(own.get('http://192.0.2.1/', { retry: false }))
    expect(['FW_CALL_TIMEOUT', 'FW_HTTP_FAILED']).toContain(error.code)
  })

  test('0 is no timeout, and timeouts are retried when asked', async () => {
    let count = 0
    await using server = await serve((_request, response) => {
      if (count++ > 0) response.end('second')
    })
    const retry = { timeouts: true, backoff: { kind: 'fixed', baseMs: 1 } } as const
    expect(await (await Http.get(server.origin, { timeoutMs: 50, retry })).text()).toBe('second')
    expect(await (await Http.get(server.origin, { timeoutMs: 0 })).text()).toBe('second')
  })
})

describe('broken connections', () => {
  test('a name that does not exist', async () => {
    const error = await failure(Http.get('http://no-such-host.invalid/', { retry: false }))
    expect(error.code).toBe('FW_HTTP_FAILED')
    expect(error.message).toContain('GET http://no-such-host.invalid/ failed')
  })

  test('a reset before the answer', async () => {
    await using server = await serveRaw((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const error = await failure(Http.post(server.origin, { json: 1 }))
    expect(error).toMatchObject({ code: 'FW_HTTP_FAILED', retryable: true })
  })

  test('a reset in the middle of the body', async () => {
    await using server = await serveRaw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
        setTimeout(() => socket.resetAndDestroy(), 20)
      })
    })
    for (const read of ['text', 'json', 'bytes'] as const) {
      const response = await Http.get(server.origin)
      expect(await failure(response[read]())).toMatchObject({ code: 'FW_HTTP_FAILED' })
    }
    expect(await failure((await Http.get(server.origin)).stream().toArray())).toBeInstanceOf(Error)
  })

  test('something that does not speak HTTP', async () => {
    await using server = await serveRaw((socket) => socket.once('data', () => socket.end('220 smtp ready\r\n')))
    expect(await failure(Http.get(server.origin, { retry: false }))).toMatchObject({ code: 'FW_HTTP_FAILED' })
  })

  test('an idle connection that its server closes just as the request is sent', async () => {
    const seen: string[] = []
    await using server = await serveRaw((socket, index) => {
      let served = 0
      socket.on('data', (data) => {
        seen.push(`${index}: ${String(data).split(' ', 1)[0]}`)
        // The first socket dies under its second request.
        if (index === 0 && ++served > 1) socket.destroy()
        else socket.write(answer('ok'))
      })
    })
    const own = createHttp({ retry: false })
    expect(await (await own.get(server.origin)).text()).toBe('ok')
    const second = await own.get(server.origin)
    expect(await second.text()).toBe('ok')
    expect(second.timings.tries).toBe(1)
    expect(seen).toEqual(['0: GET', '0: GET', '1: GET'])
  })

  test('and the same with a POST fails: it may have been done', async () => {
    await using server = await serveRaw((socket, index) => {
      let served = 0
      socket.on('data', () => (index === 0 && ++served > 1 ? socket.destroy() : socket.write(answer('ok'))))
    })
    const own = createHttp()
    await (await own.post(server.origin)).text()
    expect(await failure(own.post(server.origin))).toMatchObject({ code: 'FW_HTTP_FAILED' })
    expect((await own.post(server.origin)).status).toBe(200)
  })

  test('a server that closes after each answer', async () => {
    await using server = await serve((_request, response) => response.setHeader('connection', 'close').end('x'))
    for (let i = 0; i < 5; i++) expect((await Http.post(server.origin)).status).toBe(200)
    expect(server.connections.count).toBe(5)
  })

  test('a stream that cannot be sent is closed', async () => {
    const body = new Readable({ read() {} })
    await failure(Http.post('http://127.0.0.1:1/', { body }))
    expect(body.destroyed).toBe(true)
    const web = new ReadableStream<Uint8Array>()
    const cancelled = vi.spyOn(web, 'cancel')
    await failure(Http.post('http://127.0.0.1:1/', { body: web }))
    expect(cancelled).toHaveBeenCalled()
  })

  test('a stream that fails while it is being sent', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    const body = (async function* () {
      yield 'a'
      throw new Error('disk is gone')
    })()
    const error = await failure(Http.post(server.origin, { body }))
    expect(error).toMatchObject({ code: 'FW_HTTP_FAILED' })
    expect(error.message).toContain('disk is gone')
  })

  test('early hints come before the answer, not instead of it', async () => {
    await using server = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('real')
    })
    expect(await (await Http.get(server.origin)).text()).toBe('real')
  })
})
