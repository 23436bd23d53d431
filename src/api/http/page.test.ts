import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { serveStore } from '../../../test/support/api.ts'
import { builtPage, pageScript } from '../../../test/support/page.ts'

const html = { accept: 'text/html,application/xhtml+xml' }

/** As no client would ask: the path is sent as it is. */
function ask(url: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: new URL(url).port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject).end()
  })
}

test('every address of a person is the page; what is reserved, or asked for by a program, is not', async () => {
  const { url, server } = await serveStore([], { pageFolder: builtPage() })
  expect(server.pageUrl).toBe(`${url}/`)
  for (const path of ['/', '/queues', '/jobs/a%2Fb?tab=log', '/v1x', '/queues/%2e%2e/x']) {
    const answer = await ask(url, path, html)
    expect([answer.status, answer.body.toString()], path).toEqual([200, expect.stringContaining('<title>jobs')])
    expect(answer.headers, path).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self'; (?!.*unsafe)/),
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
  }
  for (const path of ['/v1', '/v1/nothing', '/metrics/x', '/healthz/x', '/assets/none.js', '/assets/']) {
    const answer = await ask(url, path, html)
    expect([answer.status, answer.headers['content-type']], path).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ])
  }
  expect((await ask(url, '/queues', { accept: '*/*' })).status).toBe(404)
  expect((await ask(url, '/', { accept: '*/*' })).status).toBe(200)
  expect((await ask(url, '/v1/actions', html)).status).toBe(405)
  expect((await ask(url, '/', html, 'POST')).status).toBe(404)
  const head = await ask(url, '/', html, 'HEAD')
  expect([head.status, head.body.length]).toEqual([200, 0])
})

test('assets are kept for ever, come packed where that is taken, and are known by their tag', async () => {
  const { url } = await serveStore([], { pageFolder: builtPage() })
  const path = '/assets/main-1a2b.js'
  const plain = await ask(url, path)
  expect([plain.body.toString(), plain.headers['content-encoding']]).toEqual([pageScript, undefined])
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  })
  const packed = await ask(url, path, { 'accept-encoding': 'br, gzip' })
  expect([gunzipSync(packed.body).toString(), packed.headers['content-encoding']]).toEqual([pageScript, 'gzip'])
  expect((await ask(url, path, { 'accept-encoding': 'gzip;q=0, br' })).headers['content-encoding']).toBeUndefined()
  const { etag } = plain.headers as { etag: string }
  expect(packed.headers['etag']).not.toBe(etag)
  const again = await ask(url, path, { 'if-none-match': etag })
  expect([again.status, again.body.length]).toEqual([304, 0])
  expect((await ask(url, '/icon.svg')).headers['cache-control']).toBe('no-cache')
})

test('no path leads out of it, nor to what is no file of a page', async () => {
  const { url } = await serveStore([], { pageFolder: builtPage() })
  const paths = ['/secret.txt', '/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/assets/..%2fsecret.txt']
  for (const path of [...paths, '/../../../../etc/passwd', '/assets/main-1a2b.js.gz', '//etc/passwd', '/%00']) {
    const { status, body } = await ask(url, path, { accept: '*/*' })
    expect([status, body.toString()], path).toEqual([
      expect.toBeOneOf([400, 404]),
      expect.not.stringContaining('no file'),
    ])
  }
})

test('a link of another site leads to the page, and to nothing else; nobody else embeds it or calls it', async () => {
  const { url } = await serveStore([], { pageFolder: builtPage() })
  const link = { ...html, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect((await ask(url, '/jobs/1', link)).status).toBe(200)
  expect((await ask(url, '/v1/queues', link)).status).toBe(403)
  expect((await ask(url, '/jobs/1', { ...link, 'sec-fetch-dest': 'iframe' })).status).toBe(403)
  const embedded = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }
  expect((await ask(url, '/assets/main-1a2b.js', embedded)).status).toBe(403)
  expect((await ask(url, '/', { ...html, host: 'evil.example' })).status).toBe(421)
})

test('what was not built says so; what is not wanted is not there', async () => {
  const none = await serveStore([], { pageFolder: join(tmpdir(), 'fiber-work-no-such-folder') })
  expect(none.server.pageUrl).toBeUndefined()
  const told = await ask(none.url, '/', html)
  expect([told.status, told.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8'])
  expect(told.body.toString()).toContain('npm run build')
  const without = await serveStore([], { pageFolder: builtPage(), ui: false })
  expect(without.server.pageUrl).toBeUndefined()
  expect((await ask(without.url, '/', html)).headers['content-type']).toContain('application/problem+json')
  expect((await ask(without.url, '/v1/queues')).status).toBe(200)
})
