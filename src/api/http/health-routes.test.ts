import { request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import type { Health } from '../../contract/health.ts'
import { checkExposure } from './exposure.ts'
import { isLoopback, isOurHost, parseAddress } from './address.ts'
import { healthOfFleet, type HealthReport } from '../health.ts'
import { type ApiServer, serve } from '../server.ts'

const open: ApiServer[] = []

afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serving(source: () => Promise<HealthReport>): Promise<string> {
  const server = await serve({ address: { host: '127.0.0.1', port: 0 }, health: source })
  open.push(server)
  return server.url
}

const well: HealthReport = { ok: true, ready: true, reasons: [], workers: [] }

describe('address', () => {
  test.each([
    ['7077', '127.0.0.1', 7077],
    ['127.0.0.1:7077', '127.0.0.1', 7077],
    ['localhost:0', 'localhost', 0],
    ['[::1]:80', '::1', 80],
    ['127.9.9.9:1', '127.9.9.9', 1],
  ])('%s', (text, host, port) => expect(parseAddress(text)).toEqual({ host, port }))

  test.each(['', 'x', 'host', ':80', '127.0.0.1:', '127.0.0.1:70000', '::1:80', 'a b:1', 'http://127.0.0.1:80'])(
    '%s is none',
    (text) => {
      expect(() => parseAddress(text)).toThrow(/HOST:PORT/)
    },
  )

  test.each(['0.0.0.0:80', '[::]:80', '10.0.0.1:80', 'example.com:80'])(
    '%s wants TLS, or a proxy that speaks it',
    (text) => {
      const address = parseAddress(text)
      const none = { tls: false, behindProxy: false, insecure: false }
      expect(() => checkExposure(address, none)).toThrow(/--tls-cert.*--behind-proxy/)
      for (const said of ['tls', 'behindProxy', 'insecure']) checkExposure(address, { ...none, [said]: true })
      checkExposure(parseAddress('127.0.0.1:80'), none)
    },
  )

  test('what is loopback', () => {
    expect(
      [
        '127.0.0.1',
        '127.1.2.3',
        '::1',
        'LOCALHOST',
        '0.0.0.0',
        '::',
        '10.0.0.1',
        '::ffff:10.0.0.1',
        'localhost.evil.example',
      ].map(isLoopback),
    ).toEqual([true, true, true, true, false, false, false, false, false])
  })

  test('whose Host header is ours', () => {
    const local = { host: '127.0.0.1', port: 1 }
    expect(
      [
        '127.0.0.1:1',
        'localhost',
        '[::1]:1',
        'evil.example',
        '127.0.0.1.evil.example',
        '10.0.0.1',
        undefined,
        '',
        'a:b:c',
      ].map((host) => isOurHost(host, local)),
    ).toEqual([true, true, true, false, false, false, false, false, false])
    const wide = { host: '0.0.0.0', port: 1 }
    expect(['10.0.0.1:1', 'evil.example', '0.0.0.0'].map((host) => isOurHost(host, wide))).toEqual([true, false, true])
    expect(isOurHost('jobs.internal:7077', { host: 'jobs.internal', port: 1 })).toBe(true)
  })
})

describe('routes', () => {
  test('200 when all is well', async () => {
    const url = await serving(async () => well)
    const answer = await fetch(`${url}/healthz`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok', ...well }])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(404)
  })

  test('503 with the reasons when it is not', async () => {
    const url = await serving(async () => ({ ...well, ok: false, reasons: ['the store is silent'] }))
    const answer = await fetch(`${url}/healthz`)
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { status: 'unavailable', reasons: ['the store is silent'] },
    ])
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
  })

  test('alive and not ready while it drains', async () => {
    const url = await serving(async () => ({ ...well, ready: false }))
    expect([(await fetch(`${url}/healthz`)).status, (await fetch(`${url}/readyz`)).status]).toEqual([200, 503])
  })

  test('a source that throws is unhealthy', async () => {
    const url = await serving(async () => Promise.reject(new Error('the store is gone')))
    const answer = await fetch(`${url}/healthz`)
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('the store is gone')])
  })

  test('another Host is refused', async () => {
    const { port } = new URL(await serving(async () => well))
    const status = await new Promise((resolve) => {
      request({ host: '127.0.0.1', port, path: '/healthz', headers: { host: 'evil.example' } }, (response) =>
        resolve(response.resume().statusCode),
      ).end()
    })
    expect(status).toBe(421)
  })

  test('a port that is taken is an error of the configuration', async () => {
    const { port } = new URL(await serving(async () => well))
    await expect(
      serve({ address: { host: '127.0.0.1', port: Number(port) }, health: async () => well }),
    ).rejects.toMatchObject({
      code: 'FW_CONFIG_INVALID',
    })
  })
})

describe('the report', () => {
  const health: Health = { ok: true, reasons: [], state: 'running', running: 1, answeredMsAgo: 5, leaseKeptBy: 'beats' }
  const report = (all: Partial<Health>[], missing: string[] = []) =>
    healthOfFleet({
      ask: async () => ({
        answers: all.map((one, process) => ({ process, pid: 4711 + process, answer: { ...health, ...one } as never })),
        missing,
      }),
    })

  test('of a worker: ready while it runs or is paused', async () => {
    for (const [state, ready] of [
      ['starting', false],
      ['running', true],
      ['paused', true],
      ['draining', false],
      ['stopped', false],
    ] as const) {
      expect(await report([{ state }])).toMatchObject({ ok: true, ready, workers: [{ pid: 4711, state }] })
    }
  })

  test('of several: well when all are, and none is missing', async () => {
    expect(await report([{}, { state: 'draining' }])).toMatchObject({ ok: true, ready: true, reasons: [] })
    expect(await report([{}, { ok: false, reasons: ['x'] }], ['1 is missing'])).toMatchObject({
      ok: false,
      ready: true,
      reasons: ['1 is missing', 'x'],
      workers: [{ pid: 4711 }, { pid: 4712 }],
    })
    expect(await report([{}], ['1 is missing'])).toMatchObject({ ok: false, ready: true })
    expect(await report([])).toMatchObject({ ok: true, ready: false })
  })
})
