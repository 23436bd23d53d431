import { describe, expect, test } from 'vitest'
import { failure, serve, until } from '../../test/support/http.ts'
import { Http, HttpStatusError } from './index.ts'

const megabyte = Buffer.alloc(1_048_576, 'x')

describe('reading', () => {
  test('json, text and bytes, in one piece or in many', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/small') return void response.end('{"a":1}')
      response.write('{"a":')
      setTimeout(() => response.end('1}'), 20)
    })
    for (const path of ['/small', '/parts']) {
      expect(await (await Http.get(server.origin + path)).json()).toEqual({ a: 1 })
      expect(await (await Http.get(server.origin + path)).text()).toBe('{"a":1}')
      expect(Buffer.from(await (await Http.get(server.origin + path)).bytes()).toString()).toBe('{"a":1}')
    }
  })

  test('a byte order mark is no text', async () => {
    await using server = await serve((_request, response) => response.end('\uFEFF[]'))
    expect(await (await Http.get(server.origin)).json()).toEqual([])
  })

  test('what is not JSON says so, with its beginning', async () => {
    await using server = await serve((_request, response) => response.end('<html>'))
    const error = await failure((await Http.get(server.origin)).json())
    expect(error).toMatchObject({ code: 'FW_HTTP_NOT_JSON', retryable: false })
    expect(error.message).toContain('"<html>"')
  })

  test('only once', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    const response = await Http.get(server.origin)
    await response.text()
    expect(await failure(response.text())).toMatchObject({ code: 'FW_HTTP_INVALID' })
    expect(() => response.stream()).toThrow('was read or discarded before')
  })
})

describe('large bodies', () => {
  test.each(['announced', 'unannounced'])('more than bytesMax is refused: %s', async (how) => {
    await using server = await serve((_request, response) => {
      if (how === 'announced') response.setHeader('content-length', megabyte.length)
      response.write(megabyte.subarray(0, 600_000))
      response.end(megabyte.subarray(600_000))
    })
    const error = await failure((await Http.get(server.origin, { bytesMax: 100_000 })).bytes())
    expect(error).toMatchObject({ code: 'FW_HTTP_TOO_LARGE', retryable: false })
    expect(error.message).toContain('`bytesMax` is 100000')
    expect((await (await Http.get(server.origin)).bytes()).length).toBe(megabyte.length)
  })

  test('a stream is not limited by bytesMax, and holds its server back', async () => {
    let sent = 0
    await using server = await serve((_request, response) => {
      const more = () => {
        while (sent < 64) {
          sent++
          if (!response.write(megabyte)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    const stream = (await Http.get(server.origin, { bytesMax: 1_000 })).stream()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sent).toBeLessThan(40)
    let bytes = 0
    for await (const chunk of stream) bytes += (chunk as Buffer).length
    expect(bytes).toBe(64 * megabyte.length)
  })

  test('destroying the stream closes the connection', async () => {
    await using server = await serve((_request, response) => void response.write(megabyte))
    const stream = (await Http.get(server.origin)).stream()
    stream.destroy()
    await until(() => server.connections.open === 0)
  })

  test('a large body that nobody reads waits in the socket until the timeout', async () => {
    await using server = await serve((_request, response) => void response.write(Buffer.alloc(8 * megabyte.length)))
    const response = await Http.get(server.origin, { timeoutMs: 150 })
    expect(server.connections.open).toBe(1)
    await until(() => server.connections.open === 0)
    expect(await failure(response.text())).toMatchObject({ code: 'FW_CALL_TIMEOUT' })
  })

  test('discard keeps the connection for a short rest, and closes it for a long one', async () => {
    await using server = await serve((request, response) => {
      const length = request.url === '/short' ? 20_000 : 10_000_000
      response.setHeader('content-length', length).write(Buffer.alloc(1_000))
      setTimeout(() => response.end(Buffer.alloc(length - 1_000)), 20)
    })
    ;(await Http.get(`${server.origin}/short`)).discard()
    await new Promise((resolve) => setTimeout(resolve, 60))
    await (await Http.get(`${server.origin}/short`)).text()
    expect(server.connections.count).toBe(1)
    const long = await Http.get(`${server.origin}/long`)
    long.discard()
    long.discard()
    await until(() => server.connections.open === 0)
  })
})

describe('throw', () => {
  test('returns a 2xx response, to go on with', async () => {
    await using server = await serve((_request, response) => response.end('{}'))
    expect(await (await Http.get(server.origin)).throw().json()).toEqual({})
  })

  test.each([
    [404, false],
    [429, true],
    [500, true],
  ])('of a %s: the status, the target without secrets, the start of the body', async (status, retryable) => {
    await using server = await serve((_request, response) =>
      response.writeHead(status).end(`no such thing ${'x'.repeat(5_000)}`),
    )
    const url = `${server.origin.replace('//', '//user:geheim@')}/path?token=geheim`
    const response = await Http.post(url)
    const error = await failure((async () => response.throw())())
    expect(error).toBeInstanceOf(HttpStatusError)
    expect(error).toMatchObject({ code: 'FW_HTTP_STATUS', status, retryable })
    expect(error.message).toContain(`POST ${server.origin}/path answered ${status}: no such thing`)
    expect(JSON.stringify({ ...error }) + error.message).not.toContain('geheim')
    expect((error as HttpStatusError).body.length).toBe(1_024)
  })

  test('has the start of a body that comes after its headers', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(400).flushHeaders()
      setTimeout(() => response.end('late reason'), 30)
    })
    expect((await failure(Http.get(server.origin, { throwOnError: true }))).message).toContain('late reason')
  })
})
