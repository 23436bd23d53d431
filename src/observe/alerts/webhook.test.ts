import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { serve, serveRaw } from '../../../test/support/http.ts'
import { heard, until } from '../../../test/support/work.ts'
import { type Env, systemEnv } from '../../base/env.ts'
import type { Change } from './judge.ts'
import { postMsMax } from './post.ts'
import { Webhook, type WebhookOptions } from './webhook.ts'

const key = Buffer.alloc(32, 7)
const secret = `whsec_${key.toString('base64')}`
const change: Change = {
  kind: 'raised',
  lastedMs: 0,
  alert: {
    ...{ type: 'queue.wait.exceeded', queue: 'mail', waitMs: 70_000, waitMsMax: 60_000, atMs: 1_800_000_000_000 },
    ...{ ready: 5, delayed: 1, running: 2, dead: 0, paused: false },
  },
}

/** Waits between tries pass a thousand times as fast. */
const hurried: Env = {
  ...systemEnv,
  random: () => 0,
  setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, delayMs === postMsMax ? delayMs : delayMs / 1_000, kind),
}
/** And the patience with each of them. */
const impatient: Env = { ...hurried, setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, delayMs / 200, kind) }

function hookTo(url: string, options: Partial<WebhookOptions> = {}, env = systemEnv): Webhook {
  const hook = new Webhook(env, { url, allowPrivate: true, ...options })
  onTestFinished(() => hook.end())
  return hook
}

it('says what is wrong, signed as Standard Webhooks does', async () => {
  const got: { request: IncomingMessage; body: string }[] = []
  await using server = await serve((request, response, body) => {
    got.push({ request, body })
    response.writeHead(204).end()
  })
  const hook = hookTo(`${server.origin}/hook?a=1`, { secret })
  hook.send(change)
  hook.send({ ...change, kind: 'cleared', lastedMs: 9 })
  await until(() => got.length === 2)
  const [{ request, body }, cleared] = got as [(typeof got)[number], (typeof got)[number]]
  expect(request).toMatchObject({ method: 'POST', url: '/hook?a=1' })
  expect(JSON.parse(body)).toEqual({
    ...{ type: 'queue.wait.exceeded', state: 'raised', queue: 'mail', timestamp: '2027-01-15T08:00:00.000Z' },
    ...{ waitMs: 70_000, waitMsMax: 60_000, ready: 5, delayed: 1, running: 2, dead: 0, paused: false },
  })
  expect(JSON.parse(cleared.body)).toMatchObject({ state: 'cleared', lastedMs: 9 })
  const { headers } = request
  const [id, timestamp] = [headers['webhook-id'] as string, headers['webhook-timestamp'] as string]
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  expect(headers).toMatchObject({ 'webhook-signature': `v1,${signature}`, 'content-type': 'application/json' })
  expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60)
  expect(id).toMatch(/^msg_.+/)
  expect(cleared.request.headers['webhook-id']).not.toBe(id)
})

it('without a secret nothing is signed', async () => {
  await using server = await serve(({ headers }, response) =>
    response.writeHead('webhook-signature' in headers ? 400 : 200).end(),
  )
  const failed = heard('alert.failed')
  hookTo(server.origin).send(change)
  await until(() => server.requests.length === 1)
  expect(failed).toEqual([])
})

it('what may be otherwise next time is tried again, a few times, under one id', async () => {
  const [failed, ids] = [heard('alert.failed'), new Set<unknown>()]
  await using server = await serve(({ headers }, response) => {
    ids.add(headers['webhook-id'])
    response.writeHead(server.requests.length === 1 ? 503 : server.requests.length === 2 ? 429 : 200).end()
  })
  hookTo(`${server.origin}/s3cret`, {}, hurried).send(change)
  await until(() => server.requests.length === 3)
  expect(ids.size).toBe(1)
  expect(failed).toMatchObject([
    { target: server.origin, tries: 1, givenUp: false },
    { target: server.origin, tries: 2, givenUp: false },
  ])
  expect(JSON.stringify(failed) + String(failed.map(({ error }) => error))).not.toContain('s3cret')
})

it('is given up in the end, and the next alert is handed on', async () => {
  const failed = heard('alert.failed')
  await using server = await serve((_, response) => response.writeHead(server.requests.length <= 5 ? 500 : 200).end())
  const hook = hookTo(server.origin, {}, hurried)
  hook.send(change)
  hook.send(change)
  await until(() => server.requests.length === 6)
  expect(failed.map(({ givenUp }) => givenUp)).toEqual([false, false, false, false, true])
})

it.each([301, 302, 307, 308, 400, 404, 410])('%i is an answer, and nobody follows it', async (status) => {
  await using elsewhere = await serve((_, response) => response.end())
  await using server = await serve((_, response) => response.writeHead(status, { location: elsewhere.origin }).end())
  const failed = heard('alert.failed')
  hookTo(server.origin).send(change)
  await until(() => failed.length === 1)
  expect(failed).toMatchObject([{ tries: 1, givenUp: true }])
  expect(String(failed[0]!.error)).toContain(String(status))
  expect(elsewhere.connections.count).toBe(0)
})

it('does not wait for a server that does not answer, nor for one that answers without end', async () => {
  const failed = heard('alert.failed')
  let ended = 0
  await using silent = await serveRaw((socket) => socket.on('data', () => {}))
  hookTo(silent.origin, {}, impatient).send(change)
  await until(() => failed.some(({ givenUp }) => givenUp))
  expect(failed[0]!.error).toMatchObject({ code: 'FW_CALL_TIMEOUT' })
  await using endless = await serveRaw((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n')
      const more = () => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      }
      socket.on('drain', more).on('close', () => ended++)
      more()
    })
  })
  const before = failed.length
  hookTo(endless.origin).send(change)
  await until(() => ended === 1)
  expect(failed).toHaveLength(before)
})

it('ends with its process: what is under way is cut off, what waits is told', async () => {
  const failed = heard('alert.failed')
  await using silent = await serveRaw((socket) => socket.on('data', () => {}))
  const hook = hookTo(silent.origin)
  hook.send(change)
  hook.send(change)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await hook.end()
  expect(failed).toHaveLength(2)
  expect(failed.every(({ givenUp }) => givenUp)).toBe(true)
})

it('holds no more than it can: the rest is given up, and told', async () => {
  const failed = heard('alert.failed')
  await using silent = await serveRaw((socket) => socket.on('data', () => {}))
  const hook = hookTo(silent.origin)
  for (let i = 0; i < 110; i++) hook.send(change)
  expect(failed.length).toBeGreaterThanOrEqual(8)
  expect(failed[0]).toMatchObject({ givenUp: true, error: { code: 'FW_QUEUE_FULL' } })
})

it.each(['whsec_', 'whsec_short', 'not base64 at all, whatever its length is', `whsec_${'A'.repeat(200)}`])(
  'refuses the secret %s without repeating it',
  (text) => {
    expect(() => hookTo('http://127.0.0.1/', { secret: text })).toThrow(
      expect.objectContaining({
        code: 'FW_CONFIG_INVALID',
        message: expect.not.stringContaining(text.slice(6) || '…') as string,
      }) as Error,
    )
  },
)
