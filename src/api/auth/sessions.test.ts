import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { serveStore } from '../../../test/support/api.ts'
import { apiClient } from '../client/client.ts'

const secret = 'a-token-of-the-configuration'
const sha256 = createHash('sha256').update(secret).digest('hex')
const ops = { name: 'ops', role: 'operate', sha256 } as const
const own = { 'sec-fetch-site': 'same-origin' }

function login(url: string, token: string, headers: Record<string, string> = own): Promise<Response> {
  return fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  })
}

/** The cookie of a login, as a browser sends it back. */
async function cookieOf(url: string, token = secret): Promise<string> {
  return (await login(url, token)).headers.get('set-cookie')!.split(';', 1)[0]!
}

test('a token is shown once; from then on the cookie stands for it, and no script can read it', async () => {
  const { url } = await serveStore([], { tokens: [ops] })
  const answer = await login(url, secret)
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      name: 'ops',
      role: 'operate',
      rights: ['enter', 'see', 'submit', 'collect', 'inspect', 'act'],
      by: 'session',
      version: expect.any(String),
      store: {
        driver: 'sqlite',
        can: { search: true, keep: true, failures: true, groups: true, limits: true, records: true },
      },
    },
  ])
  const cookie = answer.headers.get('set-cookie')!
  expect(cookie).toMatch(/^fiber-work-session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/)
  const me = await fetch(`${url}/v1/whoami`, { headers: { cookie: `other=1; ${cookie.split(';', 1)[0]}` } })
  expect(await me.json()).toMatchObject({ name: 'ops', by: 'session' })
  expect((await fetch(`${url}/v1/whoami`, { headers: { cookie: 'fiber-work-session=wrong' } })).status).toBe(401)
  expect((await fetch(`${url}/v1/tokens`, { headers: { cookie } })).status).toBe(403)
})

test('behind a proxy it is sent over TLS alone', async () => {
  const { url } = await serveStore([], { tokens: [ops], behindProxy: true })
  expect((await login(url, secret)).headers.get('set-cookie')).toMatch(/; Secure$/)
})

test('only the page itself acts with the cookie', async () => {
  const { url } = await serveStore([], { tokens: [ops] })
  const cookie = await cookieOf(url)
  const pause = (headers: Record<string, string>) =>
    fetch(`${url}/v1/queues/mails/pause`, { method: 'POST', headers: { cookie, ...headers } })
  for (const headers of [{}, { 'sec-fetch-site': 'none' }, { origin: 'http://evil.example' }]) {
    const answer = await pause(headers)
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: 'FW_API_ORIGIN' })])
  }
  expect((await pause(own)).status).toBe(200)
  expect((await pause({ origin: url })).status).toBe(200)
  const leave = { method: 'DELETE', headers: { cookie } }
  expect((await fetch(`${url}/v1/session`, leave)).status).toBe(403)
  expect((await login(url, secret, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
})

test('it ends when one logs out, and with its token', async () => {
  const { url, as } = await serveStore()
  const admin = await as('admin')
  const { token } = await admin.access.addToken({ name: 'short', role: 'read' })
  const [one, other] = [await cookieOf(url, token), await cookieOf(url, token)]
  expect(one).not.toBe(other)
  const status = async (cookie: string) => (await fetch(`${url}/v1/whoami`, { headers: { cookie } })).status
  const out = await fetch(`${url}/v1/session`, { method: 'DELETE', headers: { cookie: one, ...own } })
  expect([await out.json(), out.headers.get('set-cookie')]).toEqual([
    { ended: true },
    'fiber-work-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
  ])
  expect([await status(one), await status(other)]).toEqual([401, 200])
  await admin.access.revokeToken('short')
  expect(await status(other)).toBe(401)
  const acts = (await admin.access.audit({ limit: 100 })).entries.map(({ actor, operation }) => [actor, operation])
  expect(acts.filter(([actor]) => actor === 'short')).toEqual([
    ['short', 'logout'],
    ['short', 'login'],
    ['short', 'login'],
  ])
})

test('it holds in every API process of the store, and outlives them; one that was ended elsewhere ends here', async () => {
  const storeUrl = `sqlite:${join(mkdtempSync(join(tmpdir(), 'fiber-work-sessions-')), 'jobs.db')}`
  onTestFinished(() => rmSync(dirname(storeUrl.slice('sqlite:'.length)), { recursive: true, force: true }))
  const [one, other] = [
    await serveStore([], { tokens: [ops], storeUrl }),
    await serveStore([], { tokens: [ops], storeUrl }),
  ]
  const cookie = await cookieOf(one.url)
  const status = async ({ url }: { url: string }) => (await fetch(`${url}/v1/whoami`, { headers: { cookie } })).status
  expect([await status(one), await status(other)]).toEqual([200, 200])
  const stored = JSON.stringify(await one.store.driver.ledger!.list('session:', 10))
  expect(stored).toContain(sha256)
  expect(stored).not.toContain(cookie.split('=')[1])
  await fetch(`${other.url}/v1/session`, { method: 'DELETE', headers: { cookie, ...own } })
  expect(await status(other)).toBe(401)
  await expect.poll(() => status(one), { timeout: 15_000 }).toBe(401)
})

test('ids that nobody has are not looked up in the store without end', async () => {
  const { url, store } = await serveStore([], { tokens: [ops] })
  const ledger = store.driver.ledger!
  const read = vi.spyOn(ledger, 'read')
  const strange = () => ({ cookie: `fiber-work-session=${randomBytes(32).toString('base64url')}` })
  const answers = Array.from({ length: 300 }, () => fetch(`${url}/v1/whoami`, { headers: strange() }))
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([401]))
  expect(read.mock.calls.length).toBeLessThan(200)
})

test('the events of a session end with it, those of a token when it is revoked', async () => {
  const { url, as } = await serveStore()
  const admin = await as('admin')
  const { token } = await admin.access.addToken({ name: 'short', role: 'read' })
  const cookie = await cookieOf(url, token)
  const open = async (headers: Record<string, string>) => {
    const answer = await fetch(`${url}/v1/events`, { headers })
    expect(answer.status).toBe(200)
    return answer.text()
  }
  const bySession = open({ cookie })
  const byToken = open({ authorization: `Bearer ${token}` })
  await fetch(`${url}/v1/session`, { method: 'DELETE', headers: { cookie, ...own } })
  await bySession
  await admin.access.revokeToken('short')
  await byToken
})

test('wrong tokens are refused, and after a few only later', async () => {
  const { url } = await serveStore([], { tokens: [ops] })
  const answers = await Promise.all(Array.from({ length: 60 }, () => login(url, 'wrong')))
  const statuses = new Set(answers.map(({ status }) => status))
  expect(statuses).toEqual(new Set([401, 429]))
  expect(answers.every(({ headers }) => headers.get('set-cookie') === null)).toBe(true)
  expect((await login(url, 'x'.repeat(600))).status).toBe(400)
})

test('where nobody needs a token an old cookie keeps nobody out', async () => {
  const { url } = await serveStore()
  const cookie = `fiber-work-session=${'a'.repeat(43)}`
  const me = await fetch(`${url}/v1/whoami`, { headers: { cookie } })
  expect(await me.json()).toMatchObject({ name: 'local', by: 'machine', role: 'admin' })
  expect((await apiClient(url).access.whoami()).rights).toContain('manage')
})
