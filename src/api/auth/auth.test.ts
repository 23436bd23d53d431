import { createHash } from 'node:crypto'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import { cert, key } from '../../../test/support/tls.ts'
import { unchecked } from '../../job/schema.ts'
import { defineJob } from '../../job/definition.ts'
import { serveStore } from '../../../test/support/api.ts'
import { apiClient } from '../client/client.ts'

const job = (name: string, queue: string) =>
  defineJob(name, { input: unchecked<Record<string, unknown>>(), queue }, (input) => input)
const handlers = [job('mail', 'mails'), job('bill', 'bills')]

describe('tokens', () => {
  test('on loopback nobody needs one until there is one', async () => {
    const { api, as } = await serveStore(handlers)
    expect(await api.access.whoami()).toMatchObject({ name: 'local', role: 'admin', by: 'machine' })
    const admin = await as('admin')
    await expect(api.access.whoami()).rejects.toMatchObject({ code: 'FW_API_UNAUTHENTICATED', status: 401 })
    expect(await admin.access.whoami()).toMatchObject({ role: 'admin' })
  })

  test('a wrong, a revoked and an expired one are refused; nothing of a token is ever shown', async () => {
    const { url, as } = await serveStore(handlers)
    const admin = await as('admin')
    await expect(apiClient(url, { token: 'fw_wrong' }).access.whoami()).rejects.toMatchObject({ status: 401 })
    const short = await admin.access.addToken({ name: 'short', role: 'read', expiresInMs: 1_000 })
    const gone = await admin.access.addToken({ name: 'gone', role: 'read' })
    expect(await apiClient(url, { token: gone.token }).access.whoami()).toMatchObject({ name: 'gone', role: 'read' })
    await admin.access.revokeToken('gone')
    await expect(apiClient(url, { token: gone.token }).access.whoami()).rejects.toMatchObject({ status: 401 })
    await expect
      .poll(
        () =>
          apiClient(url, { token: short.token })
            .queues.list()
            .catch((error: unknown) => error),
        { timeout: 5_000 },
      )
      .toMatchObject({ status: 401 })
    const shown = JSON.stringify([await admin.access.tokens(), await admin.access.audit({ limit: 100 })])
    for (const { token } of [short, gone]) {
      expect(shown).not.toContain(token)
      expect(shown).not.toContain(createHash('sha256').update(token).digest('hex'))
    }
  })

  test('one of the configuration opens it too', async () => {
    const secret = 'a-secret-of-the-configuration'
    const sha256 = createHash('sha256').update(secret).digest('hex')
    const { url, api } = await serveStore(handlers, { tokens: [{ name: 'ops', role: 'operate', sha256 }] })
    await expect(api.queues.list()).rejects.toMatchObject({ status: 401 })
    expect(await apiClient(url, { token: secret }).access.whoami()).toMatchObject({ name: 'ops', role: 'operate' })
  })

  test('a port that something passes requests on to wants one', async () => {
    const { url } = await serveStore(handlers)
    const answer = await fetch(`${url}/v1/queues`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('--behind-proxy')])
  })

  test('beyond this machine nothing is served without TLS, nor without a token', async () => {
    await expect(serveStore(handlers, { address: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(/--tls-cert/)
    await expect(serveStore(handlers, { address: { host: '0.0.0.0', port: 0 }, behindProxy: true })).rejects.toThrow(
      /no token/,
    )
  })

  test('in the clear others reach the health routes alone, and those only where that is asked for', async () => {
    const { url } = await serveStore(handlers, { address: { host: '0.0.0.0', port: 0 }, insecure: true })
    const { port } = new URL(url)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    for (const path of ['v1/queues', 'metrics', 'v1/events', 'v1/openapi.json']) {
      expect((await fetch(`http://127.0.0.1:${port}/${path}`)).status, path).toBe(404)
    }
  })

  test('the first one is an admin of all, or nobody could make the next', async () => {
    const { api } = await serveStore(handlers)
    await expect(api.access.addToken({ name: 'a', role: 'read' })).rejects.toMatchObject({ code: 'FW_API_INVALID' })
    await expect(api.access.addToken({ name: 'a', role: 'admin', queues: ['mails'] })).rejects.toMatchObject({
      code: 'FW_API_INVALID',
    })
  })

  test('TLS is spoken where there is a certificate, and nothing else', async () => {
    const { url } = await serveStore(handlers, { tls: { cert, key } })
    expect(url).toMatch(/^https:/)
    const client = new Agent({ connect: { ca: cert } })
    const answer = await request(`${url}/v1/whoami`, { dispatcher: client })
    expect([answer.statusCode, await answer.body.json()]).toEqual([
      200,
      expect.objectContaining({ name: 'local', role: 'admin' }),
    ])
    await expect(fetch(url.replace('https:', 'http:'))).rejects.toThrow()
    await client.close()
  })

  test('too many requests a second are refused', async () => {
    const { url, as } = await serveStore(handlers)
    const admin = await as('admin')
    const { token } = await admin.access.addToken({ name: 'slow', role: 'operate', requestsPerSecond: 5 })
    const slow = apiClient(url, { token, retries: 0 })
    const asked = await Promise.all(
      Array.from({ length: 30 }, () =>
        slow.queues.list().then(
          () => 200,
          (error: { status: number }) => error.status,
        ),
      ),
    )
    expect(asked.filter((status) => status === 200).length).toBeLessThanOrEqual(11)
    expect(asked).toContain(429)
  })
})

describe('roles', () => {
  test('each may what it may, and nothing else', async () => {
    const { as, work } = await serveStore(handlers)
    const [read, enqueue, operate, admin] = [
      await as('read'),
      await as('enqueue'),
      await as('operate'),
      await as('admin'),
    ]
    const { id } = await enqueue.jobs.submit({ name: 'mail', input: { to: 'ada', password: 'hunter2' } })
    const refused = { code: 'FW_API_FORBIDDEN', status: 403 }
    await expect(read.jobs.submit({ name: 'mail', input: {} })).rejects.toMatchObject(refused)
    await expect(read.jobs.cancel(id)).rejects.toMatchObject(refused)
    await expect(read.jobs.result(id)).rejects.toMatchObject(refused)
    await expect(enqueue.jobs.list()).rejects.toMatchObject(refused)
    await expect(enqueue.jobs.get(id)).rejects.toMatchObject(refused)
    await expect(operate.jobs.remove(id)).rejects.toMatchObject(refused)
    await expect(operate.jobs.act('remove', [id])).rejects.toMatchObject(refused)
    await expect(operate.jobs.get(id, { reveal: true })).rejects.toMatchObject(refused)
    await expect(operate.queues.setLimits('mails', 'queue', { concurrencyMax: 1 })).rejects.toMatchObject(refused)
    await expect(operate.access.audit()).rejects.toMatchObject(refused)
    await work()
    expect(await enqueue.jobs.result(id, { waitMs: 5_000 })).toMatchObject({ result: { password: 'hunter2' } })
    expect(await read.jobs.get(id)).toMatchObject({ payloads: 'hidden' })
    expect(await read.jobs.get(id)).not.toHaveProperty('input')
    expect(await operate.jobs.get(id)).toMatchObject({
      input: { to: 'ada', password: '[redacted]' },
      result: { password: '[redacted]' },
    })
    expect(await admin.jobs.get(id)).toMatchObject({ input: { password: '[redacted]' } })
    expect(await admin.jobs.get(id, { reveal: true })).toMatchObject({ input: { password: 'hunter2' } })
    const { entries } = await admin.access.audit({ limit: 100 })
    expect(
      entries
        .filter(({ failed }) => failed !== undefined)
        .map(({ operation }) => operation)
        .sort(),
    ).toEqual(['cancelJob', 'getJob', 'actOnJobs', 'removeJob', 'setLimits'].sort())
    expect(entries.find(({ operation, failed }) => operation === 'getJob' && failed === undefined)).toMatchObject({
      details: { id, reveal: true },
    })
  })

  test('a token of some queues sees and touches those alone', async () => {
    const { as, api } = await serveStore(handlers)
    const mail = await api.jobs.submit({ name: 'mail', input: {} })
    const bill = await api.jobs.submit({ name: 'bill', input: {} })
    const mails = await as('operate', ['mail*'])
    expect((await mails.queues.list()).map(({ queue }) => queue)).toEqual(['mails'])
    expect((await mails.workers.stats()).queues.map(({ queue }) => queue)).toEqual(['mails'])
    expect((await mails.jobs.list({ queue: 'mails' })).jobs.map(({ id }) => id)).toEqual([mail.id])
    const refused = { code: 'FW_API_FORBIDDEN' }
    await expect(mails.jobs.list()).rejects.toMatchObject(refused)
    await expect(mails.jobs.list({ queue: 'bills' })).rejects.toMatchObject(refused)
    await expect(mails.queues.pause('bills')).rejects.toMatchObject(refused)
    await expect(mails.queues.get('bills')).rejects.toMatchObject(refused)
    await expect(mails.jobs.submit({ name: 'bill', input: {} })).rejects.toMatchObject(refused)
    await expect(mails.bulk.preview('cancel', { queue: 'bills' })).rejects.toMatchObject(refused)
    await expect(mails.workers.processes()).rejects.toMatchObject(refused)
    await expect(mails.jobs.get(bill.id)).rejects.toMatchObject({ code: 'FW_JOB_UNKNOWN', status: 404 })
    expect(await mails.jobs.result(bill.id)).toMatchObject({ state: 'unknown' })
    expect(await mails.jobs.act('cancel', [bill.id, mail.id])).toMatchObject({ outcomes: { unknown: 1, cancelled: 1 } })
  })
})
