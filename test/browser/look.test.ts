import axeCore from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { browserMissing, expectCalm, useBrowser } from '../support/browser.ts'
import { openWorld } from '../support/web-world.ts'

const openAt = useBrowser()
const paths = ['/', '/queues', '/queues/deliveries', '/groups', '/schedules', '/workers', '/audit', '/nowhere']

interface Violation {
  id: string
  nodes: { html: string; failureSummary?: string }[]
}
/** Of axe-core, in the page. */
declare const axe: { run: () => Promise<{ violations: Violation[] }> }

async function violations(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => axe.run())
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  )
}

describe.skipIf(browserMissing() !== undefined)('every page', () => {
  test.each(['light', 'dark'] as const)('is accessible in %s', async (colorScheme) => {
    const { page, url, api } = await openWorld(openAt, { colorScheme, bypassCSP: true })
    await page.addInitScript({ content: axeCore.source })
    await api.queues.pause('mail')
    await api.schedules.put('nightly', { cron: '0 3 * * *', job: { name: 'greet', queue: 'mail', input: {} } })
    for (const path of paths) {
      await page.goto(url + path)
      await settled(page)
      expect(await violations(page), `${path} in ${colorScheme}`).toEqual([])
    }
    await page.goto(`${url}/schedules`)
    await page.getByRole('button', { name: 'New schedule …' }).click()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    expect(await violations(page)).toEqual([])
  })

  test('fits on a phone: nothing hangs out to the side', async () => {
    const { page, url, seen } = await openWorld(openAt, { viewport: { width: 360, height: 740 } })
    for (const path of paths) {
      await page.goto(url + path)
      await settled(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360)
    }
    expectCalm(seen)
  })

  test('is walked through by keys alone', async () => {
    const { page } = await openWorld(openAt)
    await settled(page)
    const go = async (keys: string) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const at = () => new URL(page.url()).pathname
    for (const [keys, path] of [
      ['gq', '/queues'],
      ['gl', '/groups'],
      ['gs', '/schedules'],
      ['gw', '/workers'],
      ['ga', '/audit'],
      ['go', '/'],
      ['gq', '/queues'],
    ] as const) {
      await go(keys)
      await expect.poll(at).toBe(path)
    }
    await page.getByRole('row', { name: /^mail/ }).waitFor()
    await go('jj')
    await page.keyboard.press('ArrowDown')
    await go('k')
    await page.keyboard.press('Enter')
    await expect.poll(at).toBe('/queues/mail')
    await page.getByRole('button', { name: 'Freeze …' }).waitFor()
    await go('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByText('go to Queues').waitFor()
    // What is behind it does not hear keys meanwhile.
    await go('gq')
    expect(at()).toBe('/queues/mail')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await page.getByRole('button', { name: 'Freeze …' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    for (let steps = 0; steps < 6; steps++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.closest('dialog, body')?.tagName)).not.toBeUndefined()
    }
    await page.keyboard.press('Escape')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Freeze …')
  })

  test('on a phone a finger goes anywhere and does most things', async () => {
    const { page, seen } = await openWorld(openAt, {
      ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      path: '/queues',
    })
    const button = page.getByRole('banner').getByRole('button', { name: 'Go to, or do' })
    await button.tap()
    const dialog = page.getByRole('dialog', { name: 'Go to, or do' })
    await dialog.getByRole('option', { name: /^Go to Schedules/ }).tap()
    await expect.poll(() => new URL(page.url()).pathname).toBe('/schedules')
    expect(await dialog.count()).toBe(0)
    await button.tap()
    // Beside it is out of it.
    await page.touchscreen.tap(10, 830)
    await expect.poll(() => dialog.count()).toBe(0)
    const size = (await button.boundingBox())!
    expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(28)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expectCalm(seen)
  })

  test('is dark or light as one chooses, and stays so', async () => {
    const { page, url } = await openWorld(openAt, { colorScheme: 'light' })
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme'])
    await expect.poll(theme).toBe('light')
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(theme).toBe('dark')
    await page.getByRole('button', { name: 'Colours: auto. Change to light.' }).click()
    expect(await theme()).toBe('light')
    await page.goto(`${url}/queues`)
    await expect.poll(theme).toBe('light')
    await page.getByRole('button', { name: 'Colours: light. Change to dark.' }).click()
    expect(await theme()).toBe('dark')
  })
})

/** The first answers are there, and the stream. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('banner').getByText('live', { exact: true }).waitFor()
  await expect.poll(() => page.getByText(/^Loading /).count()).toBe(0)
}
