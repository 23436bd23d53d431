import { createServer, request, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { fastify } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { builtPage } from '../../../test/support/page.ts'
import { connect } from '../../connect/connect.ts'
import { type FiberWorkDashboard, fiberWorkDashboard } from '../../dashboard.ts'
import { defineJob } from '../../job/definition.ts'
import { unchecked } from '../../job/schema.ts'
import { apiClient } from '../client/client.ts'
import type { DashboardOptions } from './options.ts'

const mail = defineJob('mail', { input: unchecked<{ to: string }>(), queue: 'mails' }, () => 'sent')
const secret = 'a-token-of-this-server'
const html = { accept: 'text/html' }
const own = { 'sec-fetch-site': 'same-origin' }

/** A dashboard of a store in memory, which ends with the test. */
async function dashboardOf(options: Partial<DashboardOptions> = {}): Promise<FiberWorkDashboard> {
  const client = await connect('memory:')
  const who = options.tokens === undefined ? { authorize: byHeader } : {}
  const dashboard = fiberWorkDashboard({
    client,
    basePath: '/jobs-ui',
    pageFolder: builtPage(),
    jobs: [mail],
    ...who,
    ...options,
  })
  onTestFinished(async () => {
    await dashboard.close()
    await client.close()
  })
  return dashboard
}

/** As a server might know its people. */
const byHeader: NonNullable<DashboardOptions['authorize']> = ({ headers }) => {
  const role = headers['x-role'] ?? /role=(\w+)/.exec(headers.cookie ?? '')?.[1]
  return role === undefined ? undefined : { name: 'ada', role: role as 'admin', queues: ['mails'] }
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Server = (dashboard: FiberWorkDashboard) => Promise<string>

const servers: [string, Server][] = [
  [
    'node:http',
    ({ handler }) =>
      listen((asked, answer) => {
        handler(asked, answer, () => void answer.end('of the host'))
      }),
  ],
  [
    'express',
    ({ handler }) => {
      const app = express().use(express.json()).use(handler)
      return listen(app.get('/', (_, answer) => void answer.send('of the host')) as unknown as RequestListener)
    },
  ],
  [
    'express, below a path',
    ({ handler }) => {
      const app = express().use('/jobs-ui', handler)
      return listen(app.get('/', (_, answer) => void answer.send('of the host')) as unknown as RequestListener)
    },
  ],
  ['fastify', (dashboard) => listenFastify(dashboard, '')],
  ['fastify, below a prefix', (dashboard) => listenFastify(dashboard, '/jobs-ui')],
]

async function listenFastify(dashboard: FiberWorkDashboard, prefix: string): Promise<string> {
  const app = fastify({ forceCloseConnections: true })
  app.get('/', async () => 'of the host')
  await app.register(dashboard.fastify, { prefix })
  onTestFinished(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

describe.each(servers)('in %s', (_, start) => {
  test('page, API and events are there, for whom the server knows', async () => {
    const url = await start(await dashboardOf())
    expect(await (await fetch(url)).text()).toBe('of the host')
    for (const path of ['/jobs-ui', '/jobs-ui/', '/jobs-ui/jobs/1?tab=log']) {
      const page = await fetch(url + path, { headers: { ...html, 'x-role': 'read' } })
      expect([page.status, await page.text()], path).toEqual([200, expect.stringContaining('<base href="/jobs-ui/"')])
      expect((await fetch(url + path, { headers: html })).status, path).toBe(401)
    }
    expect((await fetch(`${url}/jobs-ui/assets/main-1a2b.js`)).status).toBe(200)
    expect((await fetch(`${url}/jobs-ui/v1/whoami`)).status).toBe(401)
    const as = (role: string) =>
      apiClient(`${url}/jobs-ui`, {
        fetch: (asked, init) => fetch(asked, { ...init, headers: { ...init?.headers, 'x-role': role } }),
      })
    expect(await as('operate').access.whoami()).toMatchObject({ name: 'ada', by: 'host', queues: ['mails'] })
    const events = as('operate').events({ event: ['queue.depth'] })
    const heard = events.next()
    const { outcome } = await as('operate').jobs.submit({ name: 'mail', input: { to: 'ada' } })
    expect([outcome, (await heard).value]).toMatchObject(['added', { event: 'queue.depth', queue: 'mails' }])
    await events.return(undefined)
    await expect(as('read').queues.pause('mails')).rejects.toMatchObject({ status: 403 })
    await expect(as('read').jobs.submit({ name: 'gret', input: {} })).rejects.toMatchObject({ status: 403 })
  })

  test('one logs in with a token; the cookie is of its path alone', async () => {
    const url = await start(await dashboardOf({ tokens: [{ name: 'ops', role: 'operate', token: secret }] }))
    expect((await fetch(`${url}/jobs-ui/`, { headers: html })).status).toBe(200)
    const login = await fetch(`${url}/jobs-ui/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...own },
      body: `{  "token": "${secret}"  }`,
    })
    const cookie = login.headers.get('set-cookie')!
    expect([login.status, cookie]).toEqual([
      200,
      expect.stringMatching(/; Path=\/jobs-ui; .*HttpOnly; SameSite=Strict$/),
    ])
    const pause = await fetch(`${url}/jobs-ui/v1/queues/mails/pause`, {
      method: 'POST',
      headers: { cookie: cookie.split(';', 1)[0]!, ...own },
    })
    expect(pause.status).toBe(200)
  })

  test('a page whose own name points here is told nothing, and one of another site cannot act', async () => {
    const url = await start(await dashboardOf({ hosts: ['Jobs.Example'] }))
    const { port } = new URL(url)
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        const headers = { host, 'x-role': 'admin' }
        const sent = request({ host: '127.0.0.1', port, path: '/jobs-ui/v1/queues', headers }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
        sent.on('error', reject).end()
      })
    expect(await Promise.all(['evil.example', 'jobs.example', '127.0.0.1'].map(statusFor))).toEqual([421, 200, 200])
    const act = async (headers: Record<string, string>) =>
      (await fetch(`${url}/jobs-ui/v1/queues/mails/pause`, { method: 'POST', headers })).status
    expect(await act({ cookie: 'role=operate', 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await act({ cookie: 'role=operate' })).toBe(403)
    expect(await act({ cookie: 'role=operate', ...own })).toBe(200)
    expect(await act({ 'x-role': 'operate' })).toBe(200)
  })
})

test('what is below no path of it is left to the server', async () => {
  const { handler } = await dashboardOf()
  const url = await listen(handler)
  for (const path of ['/', '/jobs-uix', '/other', '/v1/queues']) {
    expect((await fetch(url + path, { headers: html })).status, path).toBe(404)
  }
})

test('a store that cannot be reached is tried again with the next request; an error of authorize is nobody else’s', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const authorize = () => Promise.reject(new Error('the session store is down'))
  const lost = fiberWorkDashboard({ url: 'redis://127.0.0.1:1', authorize, onError })
  const url = await listen(lost.handler)
  for (const count of [1, 2]) {
    const answer = await fetch(`${url}/v1/queues`)
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ code: 'FW_API_STARTING' })])
    expect(errors).toHaveLength(count)
  }
  await lost.close()
  const { handler } = await dashboardOf({ basePath: '/', authorize, onError })
  const answer = await fetch(`${await listen(handler)}/v1/queues`)
  expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('session store')])
  expect(String(errors.at(-1))).toContain('the session store is down')
})

test.each<[string, DashboardOptions]>([
  ['`client` or `url`', { tokens: [] }],
  ['`authorize` or `tokens`', { url: 'memory:' }],
  ['`authorize` or `tokens`', { url: 'memory:', tokens: [], authorize: () => undefined }],
  ['basePath', { url: 'memory:', tokens: [], basePath: 'jobs' }],
  ['basePath', { url: 'memory:', tokens: [], basePath: '/a/../b' }],
  ['basePath', { url: 'memory:', tokens: [], basePath: '/"><script>' }],
])('options that cannot be: %s, %j', (what, options) => {
  expect(() => fiberWorkDashboard(options)).toThrow(
    expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining(what) }),
  )
})
