import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveStore } from '../support/api.ts'
import { browserMissing, expectCalm, showPage, useBrowser } from '../support/browser.ts'
import { builtPage } from '../support/page.ts'

const openAt = useBrowser()
const secret = 'a-token-of-the-configuration'
const tokens = [{ name: 'ops', role: 'operate', sha256: createHash('sha256').update(secret).digest('hex') }] as const

/** What the scripts of these pages do with the API: they say what came of it. */
const helpers = `
  globalThis.ask = async (path, method = 'GET', body) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch('.' + path, { method, headers, body: body && JSON.stringify(body) })
    return { status: answer.status, body: await answer.json() }
  }
  document.title = 'ready'
`

/** Somebody else's web server. */
async function otherSite(html: string): Promise<string> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}/`
}

type Ask = (path: string, method?: string, body?: unknown) => Promise<{ status: number; body: { by?: string } }>
declare const ask: Ask

describe.skipIf(browserMissing() !== undefined)('the page in a browser', () => {
  test('runs its own script and nothing else; what tries is reported', async () => {
    const { page, seen } = await showPage(openAt, [], { pageFolder: builtPage(), path: '/jobs/some?x=1' })
    await expect.poll(() => page.title()).toBe('it runs')
    expectCalm(seen)
    await page.evaluate(() => {
      document.body.innerHTML = '<img src="x:1" onerror="alert(1)"><p style="color: red">text</p>'
      const script = document.createElement('script')
      script.textContent = 'alert(2)'
      document.body.append(script)
    })
    const refused = ['img-src', 'script-src-attr', 'script-src-elem', 'style-src-attr']
    await expect.poll(() => seen.reports.map((text) => text.split(' ')[0])).toEqual(expect.arrayContaining(refused))
    expect(seen.dialogs).toEqual([])
  })

  test('logs in with a token, acts with the cookie, and logs out', async () => {
    const { page, seen } = await showPage(openAt, [], { tokens, pageFolder: builtPage(helpers) })
    await expect.poll(() => page.title()).toBe('ready')
    expect(await page.evaluate(() => ask('/v1/whoami'))).toMatchObject({ status: 401 })
    expect(await page.evaluate(() => ask('/v1/session', 'POST', { token: 'wrong' }))).toMatchObject({ status: 401 })
    const token = secret
    expect(await page.evaluate((told) => ask('/v1/session', 'POST', { token: told }), token)).toMatchObject({
      status: 200,
      body: { name: 'ops', by: 'session' },
    })
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(await page.evaluate(() => ask('/v1/queues/mails/pause', 'POST'))).toMatchObject({ status: 200 })
    await page.reload()
    await expect.poll(() => page.title()).toBe('ready')
    expect(await page.evaluate(() => ask('/v1/whoami'))).toMatchObject({ status: 200 })
    const heard = page.evaluate(
      () =>
        new Promise((resolve) => {
          const events = new EventSource('./v1/events')
          events.addEventListener('queue.depth', () => (document.title = 'hears'))
          events.addEventListener('error', () => resolve(events.readyState))
        }),
    )
    await expect.poll(() => page.title()).toBe('hears')
    expect(await page.evaluate(() => ask('/v1/session', 'DELETE'))).toMatchObject({
      status: 200,
      body: { ended: true },
    })
    // It would connect again, and is refused.
    expect(await heard).toBe(0)
    expect(await page.evaluate(() => ask('/v1/whoami'))).toMatchObject({ status: 401 })
    expectCalm(seen, /401/)
  })

  test('another site leads to it by a link, and can neither frame it nor act with its cookie', async () => {
    const { url } = await serveStore([], { tokens, pageFolder: builtPage(helpers) })
    const site = await otherSite(`<iframe src="${url}/"></iframe>
      <form method="post" enctype="text/plain" action="${url}/v1/queues/mails/pause"><button>act</button></form>
      <a href="${url}/queues">the page</a>`)
    const { page } = await openAt(`${url}/`)
    await page.evaluate((token) => ask('/v1/session', 'POST', { token }), secret)
    await page.goto(site)
    expect(await page.frames()[1]!.content()).not.toContain('main-1a2b')
    const acted = page.waitForResponse(`${url}/v1/queues/mails/pause`)
    await page.getByRole('button').click()
    expect((await acted).status()).toBe(403)
    await page.goto(site)
    await page.getByRole('link').click()
    await expect.poll(() => page.title()).toBe('ready')
    expect(new URL(page.url()).pathname).toBe('/queues')
    expect(await page.evaluate(() => ask('/v1/whoami'))).toMatchObject({ status: 200, body: { by: 'session' } })
  })
})
