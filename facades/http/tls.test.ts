import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failure } from '../../test/support/http.ts'
import { cert, key } from '../../test/support/tls.ts'
import { createHttp, Http } from './index.ts'

// It speaks HTTP/1.1 and HTTP/2, and says which.
const server = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) =>
  response.end(request.httpVersion),
)
let sessions = 0
let origin = ''

beforeAll(async () => {
  server.on('session', () => sessions++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

describe('https', () => {
  test('a certificate that nobody vouches for is refused', async () => {
    const error = await failure(Http.get(origin, { retry: false }))
    expect(error).toMatchObject({ code: 'FW_HTTP_FAILED' })
    expect(error.message).toContain('certificate')
  })

  test('HTTP/1.1 with a certificate authority of one’s own', async () => {
    const http = createHttp({ tls: { ca: cert } })
    expect(await (await http.get(origin)).text()).toBe('1.1')
    expect(await (await http.get(origin)).text()).toBe('1.1')
    await http.close()
  })

  test('HTTP/2 where the server offers it: the requests share a connection', async () => {
    const http = createHttp({ tls: { ca: cert }, http2: true })
    const versions = await Promise.all(Array.from({ length: 50 }, async () => (await http.get(origin)).text()))
    expect(new Set(versions)).toEqual(new Set(['2.0']))
    expect(sessions).toBe(1)
    await http.close()
  })
})
