import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failure, serve, type TestServer } from '../../test/support/http.ts'
import { createHttp, Http } from './index.ts'

interface Echo {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

let server: TestServer

beforeAll(async () => {
  server = await serve((request, response, body) => {
    const { method, url, headers } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, headers, body }))
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const echo = async (options: Parameters<typeof Http.post>[1], path = '/'): Promise<Echo> =>
  (await Http.post(server.origin + path, options)).json<Echo>()

test('what somebody has put on `Object.prototype` is neither an option nor a header', async () => {
  Object.defineProperty(Object.prototype, 'isAdmin', {
    value: 'yes',
    enumerable: true,
    writable: true,
    configurable: true,
  })
  try {
    const { headers } = await echo({ json: {}, headers: { 'x-a': '1' } })
    expect(headers).toMatchObject({ 'x-a': '1' })
    expect(Object.hasOwn(headers, 'isadmin')).toBe(false)
    expect(() => createHttp({ timeoutMs: 1_000 })).not.toThrow()
  } finally {
    delete (Object.prototype as { isAdmin?: string }).isAdmin
  }
})

describe('methods', () => {
  test.each(['get', 'post', 'put', 'patch', 'delete'] as const)('%s', async (name) => {
    const response = await Http[name](`${server.origin}/x`)
    expect(response.status).toBe(200)
    expect(response.ok).toBe(true)
    expect(await response.json<Echo>()).toMatchObject({ method: name.toUpperCase(), url: '/x' })
  })

  test('head has headers and no body', async () => {
    const response = await Http.head(server.origin)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe('')
  })

  test('request takes any method, GET by default', async () => {
    expect(await (await Http.request(server.origin)).json<Echo>()).toMatchObject({ method: 'GET' })
    expect(await (await Http.request(server.origin, { method: 'options' })).json<Echo>()).toMatchObject({
      method: 'OPTIONS',
    })
  })
})

describe('bodies', () => {
  test('json', async () => {
    const { headers, body } = await echo({ json: { a: [1, null, 'ä'] } })
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toEqual({ a: [1, null, 'ä'] })
  })

  test('json null is a body', async () => expect((await echo({ json: null })).body).toBe('null'))

  test('a form is urlencoded', async () => {
    const { headers, body } = await echo({ form: { a: 1, b: 'x y', c: undefined } })
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(body).toBe('a=1&b=x+y')
    expect((await echo({ form: new URLSearchParams('q=1&q=2') })).body).toBe('q=1&q=2')
  })

  test('FormData is multipart, of a known length', async () => {
    const form = new FormData()
    form.set('name', 'value')
    form.set('file', new Blob(['content']), 'a.txt')
    const { headers, body } = await echo({ form })
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(Number(headers['content-length'])).toBe(body.length)
    expect(body).toContain('filename="a.txt"')
  })

  test.each([
    ['a string', () => 'abc'],
    ['bytes', () => new TextEncoder().encode('abc')],
    ['a Buffer', () => Buffer.from('abc')],
    ['a Node stream', () => Readable.from(['a', 'bc'])],
    ['a web stream', () => new Blob(['abc']).stream()],
    ['a generator', () => letters()],
  ])('%s is sent as it is', async (_name, body) => expect((await echo({ body: body() })).body).toBe('abc'))

  test('more than one is refused', async () => {
    const error = await failure(Http.post(server.origin, { json: 1, body: 'x' }))
    expect(error).toMatchObject({ code: 'FW_HTTP_INVALID' })
  })

  test.each([
    ['circular', circular()],
    ['BigInt', 1n],
    ['a function', () => 1],
  ])('what is not JSON is refused: %s', async (_name, json) => {
    expect(await failure(Http.post(server.origin, { json }))).toMatchObject({ code: 'FW_HTTP_INVALID' })
  })
})

describe('url, query and headers', () => {
  test('the query is added to what the URL has', async () => {
    const { url } = await echo({ query: { b: [2, 3], c: null, d: 'x&y', e: true } }, '/p?a=1')
    expect(url).toBe('/p?a=1&b=2&b=3&d=x%26y&e=true')
  })

  test('names are case-insensitive and undefined takes a default out', async () => {
    const own = createHttp({ baseUrl: `${server.origin}/api/`, headers: { 'X-Key': 'k', 'User-Agent': 'mine' } })
    const { headers, url } = await (
      await own.get('items', { headers: { 'x-key': 'other', 'user-agent': undefined } })
    ).json<Echo>()
    expect(url).toBe('/api/items')
    expect(headers['x-key']).toBe('other')
    expect(headers['user-agent']).toBeUndefined()
  })

  test('Headers and several values of a name', async () => {
    expect((await echo({ headers: new Headers({ 'X-A': '1' }) })).headers['x-a']).toBe('1')
    expect((await echo({ headers: { 'x-a': ['1', '2'], 'x-n': 3 } })).headers).toMatchObject({
      'x-a': '1, 2',
      'x-n': '3',
    })
  })

  test('user and password of a URL become a header', async () => {
    const response = await Http.get(server.origin.replace('//', '//me:p%40ss@'))
    expect((await response.json<Echo>()).headers['authorization']).toBe(
      `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    )
    expect(response.url).toBe(`${server.origin}/`)
  })

  test.each(['nonsense', 'ftp://host/', '/relative', 'http://u:secret@ho st/?token=secret'])(
    '%s is refused',
    async (url) => {
      const error = await failure(Http.get(url))
      expect(error).toMatchObject({ code: 'FW_HTTP_INVALID', retryable: false })
      expect(error.message).not.toContain('secret')
    },
  )

  test('a header that cannot be sent is refused', async () => {
    expect(await failure(Http.get(server.origin, { headers: { 'x-a': 'a\r\nb: c' } }))).toMatchObject({
      code: 'FW_HTTP_INVALID',
    })
  })

  test('an unknown option names the nearest', async () => {
    const options = { timeoutMS: 5 } as object
    expect((await failure(Http.get(server.origin, options))).message).toContain('did you mean `timeoutMs`?')
    expect(() => createHttp({ baseURL: 'http://x' } as object)).toThrow('did you mean `baseUrl`?')
    expect(() => createHttp({ timeoutMs: -1 })).toThrow('`timeoutMs` is -1')
    expect(() => createHttp({ baseUrl: '/x' })).toThrow('`baseUrl`')
    expect(() => createHttp({ http2: 'yes' as 'cleartext' })).toThrow('`http2`')
  })
})

describe('packed bodies', () => {
  const text = 'x'.repeat(200_000)

  test.each([
    ['small', 'hello'],
    ['large', text],
  ])('gzip, %s', async (_name, plain) => {
    await using packing = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toContain('gzip')
      response.setHeader('content-encoding', 'gzip').end(gzipSync(plain))
    })
    expect(await (await Http.get(packing.origin)).text()).toBe(plain)
    const parts = await (await Http.get(packing.origin)).stream().toArray()
    expect(Buffer.concat(parts as Buffer[]).toString()).toBe(plain)
  })

  test.each([
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('%s', async (coding, pack) => {
    await using packing = await serve((_request, response) =>
      response.setHeader('content-encoding', coding).end(pack(text)),
    )
    expect(await (await Http.get(packing.origin)).text()).toBe(text)
    expect((await (await Http.get(packing.origin)).stream().toArray()).join('')).toBe(text)
  })

  test('an error that is packed can be read in its message', async () => {
    await using packing = await serve((_request, response) =>
      response.writeHead(400, { 'content-encoding': 'gzip' }).end(gzipSync('the reason')),
    )
    expect((await failure(Http.get(packing.origin, { throwOnError: true }))).message).toContain('the reason')
  })

  test('a bomb is stopped at bytesMax', async () => {
    await using packing = await serve((_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync(text)),
    )
    const response = await Http.get(packing.origin, { bytesMax: 10_000 })
    expect(await failure(response.text())).toMatchObject({ code: 'FW_HTTP_TOO_LARGE' })
  })

  test('a broken one fails with a reason', async () => {
    await using packing = await serve((_request, response) =>
      response.setHeader('content-encoding', 'gzip').end('not gzip'),
    )
    const error = await failure((await Http.get(packing.origin)).text())
    expect(error).toMatchObject({ code: 'FW_HTTP_FAILED' })
    expect(error.message).toContain('cannot be unpacked')
  })
})

async function* letters(): AsyncGenerator<string> {
  yield 'a'
  await Promise.resolve()
  yield 'bc'
}

function circular(): unknown {
  const one: Record<string, unknown> = {}
  one['self'] = one
  return one
}
