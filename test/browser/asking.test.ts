import type { Page, Request } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { browserMissing, expectCalm, useBrowser } from '../support/browser.ts'
import { greet, openWorld } from '../support/web-world.ts'

const openAt = useBrowser()

/** What a page asks for, the stream of events aside. */
class Asked {
  paths: string[] = []
  /** Without an answer yet. */
  readonly pending = new Set<Request>()

  constructor(page: Page) {
    page.on('request', (request) => {
      const { pathname } = new URL(request.url())
      if (!pathname.startsWith('/v1/') || pathname === '/v1/events') return
      this.paths.push(pathname)
      this.pending.add(request)
    })
    page.on('requestfinished', (request) => this.pending.delete(request))
    page.on('requestfailed', (request) => this.pending.delete(request))
  }
}

/** As if another tab were in front of it, or were so no more. */
async function turn(page: Page, visibility: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
    document.dispatchEvent(new Event('visibilitychange'))
  }, visibility)
}

describe.skipIf(browserMissing() !== undefined)('what a page asks', () => {
  test('the overview asks for the queues once, and what needs them waits for that answer', async () => {
    const answer = Promise.withResolvers<void>()
    let asked: Asked | undefined
    const { page, seen } = await openWorld(openAt, {
      before: async (before) => {
        asked = new Asked(before)
        await before.route('**/v1/queues', async (route) => {
          await answer.promise
          await route.continue()
        })
        const limiters = before.waitForResponse('**/v1/limiters')
        void limiters.then(() => answer.resolve())
      },
    })
    await answer.promise
    expect(asked?.paths.filter((path) => path === '/v1/queues')).toHaveLength(1)
    await page.getByText('2 dead: charge of acme').waitFor()
    expectCalm(seen)
  })

  test.for(['/', '/queues', '/jobs', '/dead', '/groups', '/workers'])(
    '%s asks for nothing while nobody sees it, and at once when it is seen again',
    async (path) => {
      const { page, store } = await openWorld(openAt, { path, before: (before) => before.clock.install() })
      const asked = new Asked(page)
      await page.getByRole('banner').getByRole('status').getByText('live').waitFor()
      // Asked again and again while it is seen.
      await expect
        .poll(async () => {
          await page.clock.runFor(5_000)
          return asked.paths.length
        })
        .toBeGreaterThan(2)
      await turn(page, 'hidden')
      // What was under way comes to its end: an answer may be what another question waits for.
      for (let calm = 0; calm < 3; calm = asked.pending.size === 0 ? calm + 1 : 0) {
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
      }
      asked.paths = []
      for (let minute = 0; minute < 5; minute++) await page.clock.runFor(60_000)
      expect(asked.paths).toEqual([])
      await store.enqueue(greet, {})
      await turn(page, 'visible')
      await expect.poll(() => asked.paths.length, { timeout: 15_000 }).toBeGreaterThan(0)
    },
  )
})
