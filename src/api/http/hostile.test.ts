import { connect as dial, type Socket } from 'node:net'
import { request } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../job/definition.ts'

const greet = defineJob('greet', { input: z.object({ user: z.string() }) }, ({ user }) => `hello ${user}`)

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
}

/** A request as no client would send it. */
function send(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { connection: 'close', ...headers } },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Bytes on a socket; what came back until it was closed, or `ms` had gone by. */
function talk(url: string, bytes: string | Buffer, ms = 1_000): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket: Socket = dial(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), ms)
    socket.on('data', (chunk) => (said += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(said)
    })
  })
}

const json = { 'content-type': 'application/json' }
const loop = monitorEventLoopDelay({ resolution: 5 })
beforeAll(() => void loop.enable())
afterAll(() => void loop.disable())

/** What was asked, and for how long the event loop stood still meanwhile. A machine with other work stands still by itself now and then; what an input causes it causes again. */
async function timed(ask: () => Promise<Answer>): Promise<{ answer: Answer; blockedMs: number }> {
  let [answer, blockedMs] = [undefined as Answer | undefined, Infinity]
  for (let tries = 0; tries < 5 && blockedMs > 50; tries++) {
    loop.reset()
    answer = await ask()
    await new Promise((resolve) => setTimeout(resolve, 12))
    blockedMs = Math.min(blockedMs, loop.max / 1e6)
  }
  return { answer: answer!, blockedMs }
}

describe('requests that are none', () => {
  test('each is refused with its status, and in our words', async () => {
    const { url } = await serveStore([greet])
    const deep = '['.repeat(100_000)
    const cases: [what: string, answer: () => Promise<Answer>, status: number, code: string][] = [
      ['another Host', () => send(url, 'GET', '/v1/queues', { host: 'evil.example' }), 421, 'FW_API_HOST'],
      [
        'a page of another site',
        () => send(url, 'POST', '/v1/jobs', { ...json, origin: 'https://evil.example' }, '{}'),
        403,
        'FW_API_ORIGIN',
      ],
      ['Origin: null', () => send(url, 'POST', '/v1/queues/a/pause', { origin: 'null' }), 403, 'FW_API_ORIGIN'],
      [
        'Sec-Fetch-Site',
        () => send(url, 'POST', '/v1/queues/a/pause', { 'sec-fetch-site': 'cross-site' }),
        403,
        'FW_API_ORIGIN',
      ],
      [
        'a port beside us',
        () => send(url, 'POST', '/v1/queues/a/pause', { 'sec-fetch-site': 'same-site' }),
        403,
        'FW_API_ORIGIN',
      ],
      ['HEAD on a write', () => send(url, 'HEAD', '/v1/queues/a/pause'), 405, ''],
      ['GET on a write', () => send(url, 'GET', '/v1/queues/a/pause'), 405, 'FW_API_METHOD'],
      [
        'a method override',
        () => send(url, 'GET', '/v1/queues/a/pause', { 'x-http-method-override': 'POST' }),
        405,
        'FW_API_METHOD',
      ],
      ['no such path', () => send(url, 'GET', '/v1/nothing'), 404, 'FW_API_NOT_FOUND'],
      ['two slashes', () => send(url, 'GET', '//v1/queues'), 404, 'FW_API_NOT_FOUND'],
      ['an encoded slash', () => send(url, 'GET', '/v1/jobs/a%2fb'), 404, 'FW_JOB_UNKNOWN'],
      ['an encoded NUL', () => send(url, 'GET', '/v1/jobs/a%00b'), 400, 'FW_API_INVALID'],
      ['half an escape', () => send(url, 'GET', '/v1/jobs/%E0%A4%A'), 400, 'FW_API_INVALID'],
      ['a climbing path', () => send(url, 'GET', '/v1/queues/..%2f..%2fetc'), 400, 'FW_API_INVALID'],
      ['an unknown parameter', () => send(url, 'GET', '/v1/jobs?token=secret'), 400, 'FW_API_INVALID'],
      ['a limit beyond', () => send(url, 'GET', '/v1/jobs?limit=1e9'), 400, 'FW_API_INVALID'],
      ['no JSON', () => send(url, 'POST', '/v1/jobs', json, '{"name":'), 400, 'FW_API_INVALID'],
      [
        'a body that is text',
        () => send(url, 'POST', '/v1/jobs', { 'content-type': 'text/plain' }, '{}'),
        415,
        'FW_API_MEDIA_TYPE',
      ],
      [
        'a form',
        () => send(url, 'POST', '/v1/jobs', { 'content-type': 'application/x-www-form-urlencoded' }, 'name=greet'),
        415,
        'FW_API_MEDIA_TYPE',
      ],
      [
        'a compressed body',
        () => send(url, 'POST', '/v1/jobs', { ...json, 'content-encoding': 'gzip' }, 'x'),
        415,
        'FW_API_MEDIA_TYPE',
      ],
      [
        '__proto__',
        () => send(url, 'POST', '/v1/jobs', json, '{"name":"greet","input":{"__proto__":{"x":1}}}'),
        400,
        'FW_API_INVALID',
      ],
      [
        'constructor.prototype',
        () => send(url, 'POST', '/v1/jobs', json, '{"name":"greet","input":{"constructor":{"prototype":{}}}}'),
        400,
        'FW_API_INVALID',
      ],
      [
        'too deep',
        () => send(url, 'POST', '/v1/jobs', json, `{"name":"greet","input":${deep}`),
        413,
        'FW_API_TOO_LARGE',
      ],
      [
        'too large',
        () => send(url, 'POST', '/v1/jobs', json, `{"name":"greet","input":"${'x'.repeat(1_100_000)}"}`),
        413,
        'FW_API_TOO_LARGE',
      ],
      [
        'too many',
        () =>
          send(
            url,
            'POST',
            '/v1/jobs/batch',
            json,
            JSON.stringify({ jobs: Array.from({ length: 1_001 }, () => ({ name: 'greet' })) }),
          ),
        400,
        'FW_API_INVALID',
      ],
      [
        'a million keys',
        () => send(url, 'POST', '/v1/jobs', json, `{"name":"greet","input":{${'"a":1,'.repeat(150_000)}"b":1}}`),
        413,
        'FW_API_TOO_LARGE',
      ],
    ]
    for (const [what, asked, status, code] of cases) {
      const { answer, blockedMs } = await timed(asked)
      expect(blockedMs, what).toBeLessThan(50)
      expect([what, answer.status], answer.body).toEqual([what, status])
      if (code !== '')
        expect(JSON.parse(answer.body), what).toMatchObject({ code, type: `urn:fiber-work:error:${code}`, status })
    }
  })

  test('broken HTTP ends the connection and nothing else', async () => {
    const { url, api } = await serveStore([greet])
    const host = 'host: 127.0.0.1\r\n'
    const said = await Promise.all([
      talk(url, 'GET / HTTP/0.9\r\n\r\n'),
      talk(url, '\x00\x01\x02\x03\r\n\r\n'),
      talk(
        url,
        `POST /v1/jobs HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n${host}\r\n`,
      ),
      talk(
        url,
        `POST /v1/jobs HTTP/1.1\r\n${host}transfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\nzz\r\n`,
      ),
      talk(url, `GET /healthz HTTP/1.1\r\n${host}x: ${'y'.repeat(17_000)}\r\n\r\n`),
      talk(url, `GET /healthz HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(10_000)}\r\n`),
      talk(url, `GET /healthz HTTP/1.1\r\n\r\n`),
      talk(url, `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`),
      talk(url, `GET /healthz HTTP/1.1\r\n${host}connection: upgrade\r\nupgrade: websocket\r\n\r\n`),
    ])
    for (const one of said) expect(one).not.toMatch(/HTTP\/1\.1 5/)
    expect(said[4]).toContain('431')
    expect(await api.queues.list()).toMatchObject([{ queue: 'default', ready: 0 }])
  })

  test('pipelined requests are answered in order', async () => {
    const { url } = await serveStore([greet])
    const one = 'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'
    const said = await talk(url, one.repeat(50))
    expect(said.match(/HTTP\/1\.1 200/g)).toHaveLength(50)
  })

  test('who leaves in the middle of a long poll is not waited for', async () => {
    const { url, api, server } = await serveStore([greet])
    const { id } = await api.jobs.submit({ name: 'greet', input: { user: 'Ada' } })
    const polls = Array.from({ length: 200 }, () =>
      talk(url, `GET /v1/jobs/${id}/result?waitMs=60000 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`, 100),
    )
    await Promise.all(polls)
    expect(await api.jobs.result(id)).toMatchObject({ state: 'ready' })
    await server.close()
  })
})
