import { describe, expect, test } from 'vitest'
import { apiClient } from '../../src/client.ts'
import { FaultProxy } from '../../stress/proxy/proxy.ts'
import { startScene } from '../scene/scene.ts'
import { browserMissing, useBrowser } from '../support/browser.ts'
import { greet, openWorld } from '../support/web-world.ts'

const openAt = useBrowser()

describe.skipIf(browserMissing() !== undefined)('a page that is open', () => {
  test('shows what happens without being asked', async () => {
    const { page, store } = await openWorld(openAt, { path: '/queues/mail' })
    const kept = page.locator('.figure', { hasText: 'Done, kept' })
    await expect.poll(() => kept.innerText()).toMatch(/3$/)
    await store.enqueue(greet, {})
    await expect.poll(() => kept.innerText(), { timeout: 15_000 }).toMatch(/4$/)
  })

  test('says that it is cut off, keeps what it has, and is live again by itself', async () => {
    const { page } = await openWorld(openAt, { path: '/queues' })
    const status = page.getByRole('banner').getByRole('status')
    await expect.poll(() => status.innerText()).toBe('live')
    await page.getByRole('row', { name: /^mail/ }).waitFor()
    await page.context().setOffline(true)
    await page.evaluate(() => performance.now())
    // A stream that is open stays so when only the browser is offline: what is asked anew fails, and says how old the rest is.
    await page.getByText(/^This is as it was /).waitFor({ timeout: 30_000 })
    await page.getByRole('row', { name: /^mail/ }).waitFor()
    await page.context().setOffline(false)
    await expect.poll(() => page.getByText(/^This is as it was /).count(), { timeout: 45_000 }).toBe(0)
    await expect.poll(() => status.innerText(), { timeout: 30_000 }).toBe('live')
  })

  test('connects again when its stream was cut, with a countdown and a way to hurry', async () => {
    const { page } = await openWorld(openAt, { path: '/queues' })
    const status = page.getByRole('banner').getByRole('status')
    await expect.poll(() => status.innerText()).toBe('live')
    await page.route('**/v1/events**', (route) => route.abort())
    // Another page wants other events: the stream is opened anew, and fails.
    await page.keyboard.press('g')
    await page.keyboard.press('w')
    await expect.poll(() => status.innerText(), { timeout: 15_000 }).toMatch(/reconnecting in \d+ s/)
    // What is shown is kept fresh by asking meanwhile.
    await expect.poll(() => page.getByRole('article').innerText()).toContain('in flight')
    // It tries more and more seldom: now it would take a while, and one click takes none.
    await expect.poll(() => status.innerText(), { timeout: 60_000 }).toMatch(/reconnecting in 1\d s/)
    await page.unroute('**/v1/events**')
    await status.getByRole('button', { name: 'now' }).click()
    await expect.poll(() => status.innerText()).toBe('live')
  })

  test('says so when the server vanishes without a word, and is live again by itself when it is back', async () => {
    const { page, store, url } = await openWorld(openAt, { path: '/queues' })
    await using proxy = await FaultProxy.start({ port: Number(new URL(url).port) })
    await page.goto(`http://127.0.0.1:${proxy.port}/queues`)
    const status = page.getByRole('banner').getByRole('status')
    await expect.poll(() => status.innerText()).toBe('live')
    await page.getByRole('row', { name: /^mail/ }).waitFor()
    // Neither a FIN nor a RST, on what is open and on what is tried anew.
    proxy.blackhole('all')
    const vanishedAtMs = performance.now()
    await expect.poll(() => status.innerText(), { timeout: 30_000 }).toMatch(/reconnecting in \d+ s/)
    expect(performance.now() - vanishedAtMs).toBeLessThan(20_000)
    expect(await status.getAttribute('title')).toBe('nothing was heard for 9 s')
    // Tried anew, and still nobody there: it does not believe that it is open.
    await status.getByRole('button', { name: 'now' }).click()
    await expect.poll(() => status.innerText(), { timeout: 30_000 }).toMatch(/reconnecting in [2-9] s/)
    await proxy.heal()
    await expect.poll(() => status.innerText(), { timeout: 60_000 }).toBe('live')
    await store.enqueue(greet, {})
    const kept = page.getByRole('row', { name: /^mail/ })
    await expect.poll(() => kept.innerText(), { timeout: 60_000 }).toMatch(/\b4\b/)
    expect(await status.innerText()).toBe('live')
  })

  test('says within three seconds that a worker has died, in red, and keeps it on the page', async () => {
    await using scene = await startScene({ webhooks: 50, latencyMs: 60_000, concurrency: 50 })
    const api = apiClient(scene.url)
    await expect.poll(async () => (await api.workers.processes()).processes.length, { timeout: 30_000 }).toBe(2)
    const { page } = await openAt(`${scene.url}/workers`)
    await expect.poll(() => page.getByRole('article').count()).toBe(2)
    await expect.poll(() => page.getByRole('banner').getByRole('status').innerText()).toBe('live')
    const times: number[] = []
    // A busy machine may be late once.
    for (let tries = 0; tries < 3 && !times.some((ms) => ms <= 3_000); tries++) {
      const pid = (await api.workers.processes()).processes.find(({ process }) => process === 1)!.pid
      const card = page.getByRole('article', { name: `Worker 1, pid ${pid}` })
      await card.getByText('in flight').waitFor()
      const killedAtMs = performance.now()
      process.kill(pid, 'SIGKILL')
      await card.getByText(/It is gone/).waitFor()
      times.push(performance.now() - killedAtMs)
      await card.getByText('killed by SIGKILL').waitFor()
      await card.getByText(/Pid \d+ has taken its place/).waitFor({ timeout: 30_000 })
    }
    expect(Math.min(...times)).toBeLessThanOrEqual(3_000)
  })
})
