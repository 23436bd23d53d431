import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type DashboardOptions, fiberWorkDashboard } from '../../src/dashboard.ts'
import { connect, defineJob } from '../../src/index.ts'
import { browserMissing, expectCalm, useBrowser } from '../support/browser.ts'

const openAt = useBrowser()
const mail = defineJob('mail', { queue: 'mails' }, () => 'sent')

/** A server of somebody's, with a dashboard below `/tools/jobs`. */
async function serverWith(options: Pick<DashboardOptions, 'authorize' | 'tokens'>): Promise<string> {
  const client = await connect('memory:')
  const worker = await client.work([mail], { bootCanary: false })
  const dashboard = fiberWorkDashboard({ client, worker, jobs: [mail], basePath: '/tools/jobs', ...options })
  const server = createServer((request, response) => {
    dashboard.handler(request, response, () => response.end('of the host'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await dashboard.close()
    server.closeAllConnections()
    server.close()
    await client.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tools/jobs`
}

describe.skipIf(browserMissing() !== undefined)('the page inside of another server', () => {
  test('stays below its path, whatever is clicked, and is live', async () => {
    const url = await serverWith({ authorize: () => ({ name: 'ada', role: 'operate' }) })
    const { page, seen } = await openAt(`${url}/queues/mails`)
    await expect.poll(() => page.locator('main').innerText()).toContain('mails')
    for (const name of ['Jobs', 'Workers', 'Overview']) {
      await page.getByRole('navigation').getByRole('link', { name, exact: true }).first().click()
      await expect.poll(() => page.title()).toContain(name)
      expect(page.url().startsWith(url)).toBe(true)
      await page.reload()
      await expect.poll(() => page.title()).toContain(name)
    }
    await expect.poll(() => page.locator('header.header').innerText()).toContain('ada')
    expectCalm(seen)
  })

  test('asks for a token where it has tokens, and lets in whoever has one', async () => {
    const url = await serverWith({ tokens: [{ name: 'ops', role: 'operate', token: 'a-token-of-this-server' }] })
    const { page, seen } = await openAt(url)
    await page.getByLabel(/token/i).fill('wrong')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('body').innerText()).toContain('Nobody has this token')
    await page.getByLabel(/token/i).fill('a-token-of-this-server')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('header.header').innerText()).toContain('ops')
    await page.reload()
    await expect.poll(() => page.locator('header.header').innerText()).toContain('ops')
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expectCalm(seen, /401/)
  })
})
