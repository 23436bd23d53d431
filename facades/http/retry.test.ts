import { describe, expect, test } from 'vitest'
import { elapsedMs, failure, fiberOf, inside, serve } from '../../test/support/http.ts'
import { createHttp, Http } from './index.ts'
import { retryAfterMs } from '../../src/base/retry-after.ts'

const soon = { backoff: { kind: 'fixed', baseMs: 5, jitter: 'none' } } as const

/** Fails so often with this status, then answers. */
function failing(times: number, status: number, headers: Record<string, string> = {}) {
  let left = times
  return serve((_request, response, body) => {
    if (left-- > 0) response.writeHead(status, headers).end('not now')
    else response.end(`done ${body}`)
  })
}

describe('what is retried', () => {
  test.each([429, 502, 503, 504])('GET after %s', async (status) => {
    await using server = await failing(2, status)
    const response = await Http.get(server.origin, { retry: soon })
    expect(response.status).toBe(200)
    expect(response.timings.tries).toBe(3)
  })

  test('after the last try the response is returned', async () => {
    await using server = await failing(9, 503)
    const response = await Http.get(server.origin, { retry: { ...soon, attempts: 4 } })
    expect([response.status, response.timings.tries, server.requests.length]).toEqual([503, 4, 4])
  })

  test.each([404, 500, 501])('not after %s', async (status) => {
    await using server = await failing(1, status)
    expect((await Http.get(server.origin, { retry: soon })).status).toBe(status)
  })

  test('POST only with an Idempotency-Key, or when the policy says so', async () => {
    await using server = await failing(1, 503)
    expect((await Http.post(server.origin, { json: 1, retry: soon })).status).toBe(503)
    await using keyed = await failing(1, 503)
    const headers = { 'Idempotency-Key': 'k' }
    expect(await (await Http.post(keyed.origin, { json: 1, headers, retry: soon })).text()).toBe('done 1')
    await using allowed = await failing(1, 503)
    expect((await Http.post(allowed.origin, { retry: { ...soon, methods: ['POST'] } })).status).toBe(200)
  })

  test('never a stream', async () => {
    await using server = await failing(1, 503)
    const body = new Blob(['x']).stream()
    expect((await Http.put(server.origin, { body, retry: soon })).status).toBe(503)
  })

  test('attempts as a number, and false for one', async () => {
    await using server = await failing(9, 503)
    await Http.get(server.origin, { retry: false })
    expect(server.requests.length).toBe(1)
    const own = createHttp({ retry: { ...soon, attempts: 2 } })
    await own.get(server.origin)
    expect(server.requests.length).toBe(3)
  })

  test('a refused connection, as often as the policy says', async () => {
    const server = await serve(() => undefined)
    await server[Symbol.asyncDispose]()
    const error = await failure(Http.get(server.origin, { retry: soon }))
    expect(error).toMatchObject({ code: 'FW_HTTP_FAILED', retryable: true, cause: { code: 'ECONNREFUSED' } })
    expect(error.message).toBe(
      `GET ${server.origin}/ failed: connection refused; check that the service is up and listens on that port.`,
    )
  })
})

describe('Retry-After', () => {
  test('is waited for, in place of the backoff', async () => {
    await using server = await failing(1, 429, { 'retry-after': '1' })
    const ms = await elapsedMs(() => Http.get(server.origin, { retry: { backoff: { kind: 'fixed', baseMs: 60_000 } } }))
    expect(ms).toBeGreaterThan(950)
    expect(ms).toBeLessThan(10_000)
  })

  test('a date in the past means now', async () => {
    await using server = await failing(1, 503, { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' })
    const retry = { backoff: { kind: 'fixed', baseMs: 60_000, jitter: 'none' } } as const
    expect(await elapsedMs(() => Http.get(server.origin, { retry }))).toBeLessThan(10_000)
  })

  test('one that is longer than allowed returns the response', async () => {
    await using server = await failing(1, 503, { 'retry-after': '31' })
    expect((await Http.get(server.origin)).status).toBe(503)
  })

  test('one that is longer than what is left of the job returns the response', async () => {
    await using server = await failing(1, 503, { 'retry-after': '2' })
    const fiber = fiberOf({ timeoutMs: 1_000 })
    expect((await inside(fiber, () => Http.get(server.origin))).status).toBe(503)
  })

  const now = Date.parse('2026-01-01T00:00:00Z')
  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['9'.repeat(20), 1e23],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (value, ms) => expect(retryAfterMs(value, now)).toBe(ms))

  test('nonsense falls back to the backoff', async () => {
    await using server = await failing(1, 503, { 'retry-after': 'next week' })
    expect((await Http.get(server.origin, { retry: soon })).status).toBe(200)
  })
})

describe('redirects', () => {
  test('303 and 302 turn POST into GET, 307 and 308 keep method and body', async () => {
    await using server = await serve((request, response, body) => {
      const status = Number(request.url?.slice(1))
      if (status > 0) response.writeHead(status, { location: '/' }).end()
      else response.end(`${request.method} ${body} ${request.headers['content-type'] ?? ''}`)
    })
    const after = async (status: number) => (await Http.post(`${server.origin}/${status}`, { json: 1 })).text()
    expect(await after(301)).toBe('GET  ')
    expect(await after(302)).toBe('GET  ')
    expect(await after(303)).toBe('GET  ')
    expect(await after(307)).toBe('POST 1 application/json')
    expect(await after(308)).toBe('POST 1 application/json')
  })

  test('to another origin no secret goes along', async () => {
    await using other = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    await using server = await serve((_request, response) => response.writeHead(302, { location: other.origin }).end())
    const headers = { authorization: 'Bearer geheim', cookie: 'a=geheim', 'x-api-key': 'geheim', accept: 'text/plain' }
    const response = await Http.get(server.origin, { headers })
    const seen = await response.text()
    expect(seen).not.toContain('geheim')
    expect(JSON.parse(seen)).toMatchObject({ accept: 'text/plain' })
    expect(response.url).toBe(`${other.origin}/`)
  })

  test('within an origin all headers go along', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: 'b' }).end()
      else response.end(request.headers['authorization'])
    })
    expect(await (await Http.get(`${server.origin}/a`, { headers: { authorization: 'x' } })).text()).toBe('x')
  })

  test('a loop ends', async () => {
    await using server = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())
    const error = await failure(Http.get(server.origin))
    expect(error).toMatchObject({ code: 'FW_HTTP_FAILED', retryable: false })
    expect(error.message).toContain('redirected more than 5 times')
    expect(server.requests.length).toBe(6)
  })

  test('0 returns the redirect; a location that is no http URL is refused', async () => {
    await using server = await serve((_request, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    )
    expect((await Http.get(server.origin, { redirects: 0 })).status).toBe(302)
    expect(await failure(Http.get(server.origin))).toMatchObject({ code: 'FW_HTTP_FAILED', retryable: false })
  })
})
