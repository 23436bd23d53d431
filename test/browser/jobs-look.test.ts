import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineJob } from '../../src/index.ts'
import { bringAxe, violationsOf } from '../support/accessible.ts'
import { browserMissing, expectCalm, type OpenOptions, showPage, useBrowser } from '../support/browser.ts'

const openAt = useBrowser()

const charge = defineJob(
  'charge',
  {
    queue: 'money',
    attempts: 1,
    tags: ['billing'],
    group: () => 'a-tenant-with-quite-a-long-name-indeed',
    input: z.object({
      cents: z.int(),
      note: z.string().optional(),
      items: z.array(z.object({ sku: z.string() })).optional(),
    }),
  },
  ({ cents }) => {
    if (cents > 3) throw new Error(`the card was declined, and ${'said so at length '.repeat(20)}`)
    return { cents }
  },
)

async function world(options: OpenOptions) {
  const shown = await showPage(openAt, [charge], options)
  const worker = await shown.work()
  const sent = await shown.store.enqueueMany(
    charge,
    Array.from({ length: 8 }, (_, cents) => ({ cents })),
  )
  await worker.idle()
  const ids = sent.map(({ id }) => id)
  const paths = [
    '/jobs',
    '/jobs?state=dead,quarantined',
    '/jobs?queue=none',
    `/jobs/${ids[0]}`,
    `/jobs/${ids[7]}`,
    '/jobs/none',
    '/dead',
    '/submit',
  ]
  const go = async (path: string) => {
    await shown.page.goto(shown.url + path)
    await shown.page.locator('main > *').first().waitFor()
    await shown.page.waitForFunction(() => document.querySelector('.loading') === null)
  }
  return { ...shown, ids, paths, go }
}

describe.skipIf(browserMissing() !== undefined)('the pages of jobs', () => {
  test.each(['light', 'dark'] as const)('are accessible in %s', async (colorScheme) => {
    const { page, paths, ids, go } = await world({ colorScheme, bypassCSP: true })
    await bringAxe(page)
    for (const path of paths) {
      await go(path)
      expect(await violationsOf(page), `${path} in ${colorScheme}`).toEqual([])
    }
    await go('/dead')
    await page.locator('.failure').first().getByRole('button', { name: 'Retry …' }).click()
    await page.locator('.bulk-sample').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await go(`/jobs/${ids[7]}`)
    await page.keyboard.press('e')
    await page.getByLabel('cents').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /money/ }).first().waitFor()
    expect(await violationsOf(page)).toEqual([])
  })

  test('fit on a phone: nothing hangs out to the side', async () => {
    const { page, paths, go, seen } = await world({ viewport: { width: 360, height: 740 } })
    for (const path of paths) {
      await go(path)
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360)
    }
    expectCalm(seen, /status of 404/)
  })

  test('a reader sees no payload, and no button that does anything', async () => {
    const { page, url, api, ids } = await world({})
    await api.access.addToken({ name: 'root', role: 'admin' }).then(async ({ token }) => {
      const answer = await fetch(`${url}/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'eve', role: 'read' }),
      })
      const { token: reader } = (await answer.json()) as { token: string }
      await page.goto(`${url}/jobs`)
      await page.getByLabel('Token').fill(reader)
      await page.keyboard.press('Enter')
    })
    await page.locator('tbody [data-row]').first().waitFor()
    const main = page.locator('main')
    const buttons = () => main.getByRole('button').allInnerTexts()
    expect(await main.getByRole('checkbox').count()).toBe(0)
    expect((await buttons()).filter((text) => /retry|cancel|remove|submit/i.test(text))).toEqual([])
    await page.goto(`${url}/jobs/${ids[7]}`)
    await expect.poll(() => main.innerText()).toContain('not shown to the role read')
    expect(await main.innerText()).not.toContain('"cents"')
    expect((await buttons()).filter((text) => /retry|run|cancel|remove/i.test(text))).toEqual([])
    await page.goto(`${url}/dead`)
    await page.locator('.failure').first().waitFor()
    expect((await buttons()).filter((text) => /retry|pause|remove/i.test(text))).toEqual([])
    await page.goto(`${url}/submit`)
    await expect.poll(() => main.innerText()).toContain('read is its role.')
  })
})
