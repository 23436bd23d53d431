import { spawn } from 'node:child_process'
import { createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { failure, fiberOf, inside, serve, until } from '../../test/support/http.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { createHttp } from './index.ts'

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

describe('keep-alive', () => {
  test('a connection is used again, and closed when idle for long', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    const http = createHttp({ keepAliveMs: 100 })
    for (let i = 0; i < 5; i++) await (await http.get(server.origin)).text()
    expect(server.connections.count).toBe(1)
    await until(() => server.connections.open === 0)
    expect((await http.get(server.origin)).status).toBe(200)
  })

  test('close() ends the connections, and the client can be used again', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    const http = createHttp()
    await http.get(server.origin)
    await http.close()
    await until(() => server.connections.open === 0)
    expect((await http.get(server.origin)).status).toBe(200)
  })
})

describe('more requests than connections', () => {
  test('10,000 at once over a few origins and 100 connections: none fails', async () => {
    const servers = await Promise.all(times(4, () => serve((_request, response) => response.end('ok'))))
    const http = createHttp({ connections: 100 })
    let peak = 0
    const open = () => servers.reduce((sum, { connections }) => sum + connections.open, 0)
    for (const { server } of servers) server.on('connection', () => (peak = Math.max(peak, open())))
    const statuses = await Promise.all(
      times(10_000, async (i) => (await http.get(`${servers[i % 4]?.origin}/${i}`, { retry: false })).text()),
    )
    expect(statuses.every((text) => text === 'ok')).toBe(true)
    // A server learns a little later that a connection was closed in favour of another origin.
    expect(peak).toBeLessThanOrEqual(120)
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  })

  test('first come, first served', async () => {
    await using server = await serve((_request, response) => void setTimeout(() => response.end('x'), 1))
    const http = createHttp({ connections: 1 })
    await Promise.all(times(20, (i) => http.get(`${server.origin}/${i}`)))
    expect(server.requests).toEqual(times(20, (i) => `GET /${i}`))
  })

  test('an origin without a connection gets its turn while another one is busy', async () => {
    await using busy = await serve((_request, response) => response.end('x'))
    await using small = await serve((_request, response) => response.end('x'))
    const http = createHttp({ connections: 2 })
    let done = 0
    const many = times(500, () => http.get(busy.origin).then(() => done++))
    const one = http.get(small.origin).then(() => done)
    expect(await one).toBeLessThan(250)
    await Promise.all(many)
  })

  test('idle connections of other origins give way', async () => {
    const servers = await Promise.all(times(6, () => serve((_request, response) => response.end('x'))))
    const http = createHttp({ connections: 2 })
    for (const round of [1, 2]) {
      for (const server of servers) expect((await http.get(`${server.origin}/${round}`)).status).toBe(200)
    }
    const open = () => servers.reduce((sum, { connections }) => sum + connections.open, 0)
    await until(() => open() <= 2)
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  })

  test('connectionsPerOrigin bounds each origin', async () => {
    await using server = await serve((_request, response) => void setTimeout(() => response.end('x'), 5))
    const http = createHttp({ connectionsPerOrigin: 3 })
    await Promise.all(times(30, () => http.get(server.origin)))
    expect(server.connections.peak).toBe(3)
  })

  test('who waits for a socket has a deadline, a signal and a job', async () => {
    await using server = await serve((request, response) => request.url === '/free' && response.end('free'))
    const http = createHttp({ connections: 1 })
    const first = failure(http.get(server.origin, { timeoutMs: 300 }))
    await until(() => server.requests.length === 1)
    const late = await failure(http.get(server.origin, { timeoutMs: 20 }))
    expect(late).toMatchObject({ code: 'FW_CALL_TIMEOUT' })
    expect(late.message).toContain('no socket was free after 20 ms')
    const controller = new AbortController()
    const signalled = failure(http.get(server.origin, { signal: controller.signal }))
    const fiber = fiberOf()
    const stopped = failure(inside(fiber, () => http.get(server.origin)))
    const patient = http.get(`${server.origin}/free`)
    controller.abort(new Error('no'))
    const reason = new FiberWorkError('FW_JOB_CANCELLED', 'cancelled')
    fiber.abort('cancelled', reason)
    expect((await signalled).message).toBe('no')
    expect(await stopped).toBe(reason)
    await first
    expect(await (await patient).text()).toBe('free')
    expect(server.requests).toEqual(['GET /', 'GET /free'])
  })

  test('500 that are refused at once fail one by one, and the next works', async () => {
    const gone = await serve(() => undefined)
    await gone[Symbol.asyncDispose]()
    await using server = await serve((_request, response) => response.end('x'))
    const http = createHttp({ connections: 10, retry: false })
    const errors = await Promise.all(times(500, () => failure(http.get(gone.origin))))
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['FW_HTTP_FAILED']))
    const bad = await Promise.all(times(500, () => failure(http.get(server.origin, { headers: { 'x-a': '\n' } }))))
    expect(new Set(bad.map(({ code }) => code))).toEqual(new Set(['FW_HTTP_INVALID']))
    expect((await http.get(server.origin)).status).toBe(200)
  })
})

describe('out of descriptors', () => {
  test.skipIf(process.platform !== 'linux')('requests wait for those that are left', async () => {
    await using server = await serve((_request, response) => void setTimeout(() => response.end('ok'), 2))
    const entry = fileURLToPath(new URL('./index.ts', import.meta.url))
    // It may open 96 sockets, and has already opened 80 files: with what Node needs, EMFILE comes first.
    const script = `
      import { openSync } from 'node:fs'
      import { Http } from ${JSON.stringify(entry)}
      await (await Http.get('${server.origin}')).text()
      for (let i = 0; i < 80; i++) openSync('/dev/null')
      const all = await Promise.all(Array.from({ length: 600 }, async () => (await Http.get('${server.origin}', { retry: false })).text()))
      console.log(all.filter((text) => text === 'ok').length)
      process.exit()`
    const command = `ulimit -n 160; exec "${process.execPath}" --input-type=module -e '${script.replaceAll("'", `'\\''`)}'`
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    await new Promise((resolve) => child.on('close', resolve))
    expect(output.trim()).toBe('600')
    expect(server.connections.peak).toBeLessThan(96)
  })
})

describe('HTTP/2', () => {
  test('a hundred requests share a connection', async () => {
    const server = createHttp2((request, response) => {
      setTimeout(() => response.end(request.method), 5)
    })
    let sessions = 0
    server.on('session', () => sessions++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const http = createHttp({ http2: 'cleartext' })
    const texts = await Promise.all(times(250, async () => (await http.post(origin, { json: 1 })).text()))
    expect(texts.every((text) => text === 'POST')).toBe(true)
    expect(sessions).toBeLessThanOrEqual(4)
    const controller = new AbortController()
    const aborted = failure(http.get(origin, { signal: controller.signal }))
    const other = http.get(origin)
    setTimeout(() => controller.abort(new Error('no')), 2)
    expect((await aborted).message).toBe('no')
    expect((await other).status).toBe(200)
    await http.close()
    server.close()
  })
})

describe('loading', () => {
  test('undici is loaded by the first request, not by the import', async () => {
    const entry = fileURLToPath(new URL('./index.ts', import.meta.url))
    const script = `
      import { createRequire } from 'node:module'
      import { Http } from ${JSON.stringify(entry)}
      const count = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('undici')).length
      const before = count()
      await Http.get('http://127.0.0.1:1', { retry: false }).catch(() => undefined)
      console.log(before, count() > 0)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    await new Promise((resolve) => child.on('close', resolve))
    expect(output.trim()).toBe('0 true')
  })
})
