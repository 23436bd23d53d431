import { describe, expect, test } from 'vitest'
import { browserMissing, expectCalm, useBrowser } from '../support/browser.ts'
import { deliver, openWorld } from '../support/web-world.ts'

const openAt = useBrowser()

describe.skipIf(browserMissing() !== undefined)('queues', () => {
  test('are listed, sorted and searched, with what is searched in the URL', async () => {
    const { page, seen } = await openWorld(openAt, { path: '/queues' })
    const names = () => page.locator('tbody tr td:first-child').allInnerTexts()
    await expect.poll(names).toEqual(['deliveries', 'mail', 'money', 'slow'])
    await page.getByRole('button', { name: 'Dead', exact: true }).click()
    await expect.poll(names).toEqual(['money', 'deliveries', 'mail', 'slow'])
    await page.keyboard.press('/')
    await page.keyboard.type('ma')
    await expect.poll(names).toEqual(['mail'])
    expect(page.url()).toContain('?q=ma')
    await page.reload()
    await expect.poll(names).toEqual(['mail'])
    await page.getByRole('searchbox').fill('nothing like that')
    await page.getByText('No queue\'s name contains "nothing like that".').waitFor()
    expectCalm(seen)
  })

  test('are paused and resumed in the list', async () => {
    const { page, api } = await openWorld(openAt, { path: '/queues' })
    const row = page.getByRole('row', { name: /^slow/ })
    await row.getByRole('button', { name: 'Pause' }).click()
    await row.getByText('paused').waitFor()
    expect(await api.queues.get('slow')).toMatchObject({ paused: true })
    await row.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(async () => (await api.queues.get('slow')).paused).toBe(false)
  })

  test('one shows its numbers, limits, groups, who is next and what is run of it', async () => {
    const { page, seen, store } = await openWorld(openAt, { path: '/queues/deliveries' })
    await page.getByRole('heading', { name: 'deliveries' }).waitFor()
    await page.getByText('1 a minute, burst 2').waitFor()
    await page
      .getByRole('group', { name: 'Groups with most jobs' })
      .getByRole('row', { name: 'globex rate 6' })
      .waitFor()
    await expect.poll(() => page.getByRole('group', { name: 'Next to be taken' }).locator('tbody tr').count()).toBe(6)
    // What is counted is counted from the first look on.
    await store.enqueue(deliver, { tenant: 'initech' })
    await page.getByRole('group', { name: 'Jobs run here' }).getByText('deliver').waitFor()
    expectCalm(seen)
  })

  test('halves the concurrency of one in two clicks, and lifts it again', async () => {
    const { page, api } = await openWorld(openAt, { path: '/queues/slow' })
    await api.queues.setConcurrency('slow', 20)
    await page.getByRole('button', { name: '20 at once' }).waitFor()
    await page.getByRole('button', { name: 'Halve' }).click()
    await page.getByRole('button', { name: 'Run 10 at once' }).click()
    await expect.poll(async () => (await api.queues.limits('slow')).queue).toEqual({ concurrencyMax: 10 })
    await page.getByRole('button', { name: '10 at once …' }).click()
    await page.getByLabel('Jobs at once').fill('7')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await expect.poll(async () => (await api.queues.limits('slow')).queue).toEqual({ concurrencyMax: 8 })
    await page.getByRole('button', { name: '8 at once …' }).click()
    await page.getByRole('button', { name: 'No limit' }).click()
    await expect.poll(async () => (await api.queues.limits('slow')).queue).toEqual({})
  })

  test('freezes one for a while, and thaws it', async () => {
    const { page, api } = await openWorld(openAt, { path: '/queues/slow' })
    await page.getByRole('button', { name: 'Freeze …' }).click()
    await page.getByLabel('For').selectOption('1h 00m')
    await page.getByRole('button', { name: 'Freeze it' }).click()
    await page.getByText(/frozen, goes on in \d+ (?:min|h)/).waitFor()
    expect((await api.queues.limits('slow')).frozen).toHaveLength(1)
    await page.getByRole('button', { name: 'Unfreeze' }).click()
    await expect.poll(async () => (await api.queues.limits('slow')).frozen).toEqual([])
  })

  test('takes limits from a form, and says what is wrong with them', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/queues/slow' })
    await page.getByRole('button', { name: 'change', exact: true }).first().click()
    await page.getByRole('button', { name: 'Add a rate' }).click()
    await page.getByLabel('Jobs', { exact: true }).fill('many')
    await page.getByText('A rate is "many": it has to be a number above 0.').waitFor()
    expect(await page.getByRole('button', { name: 'Set the limits' }).isDisabled()).toBe(true)
    await page.getByLabel('Jobs', { exact: true }).fill('5')
    await page.getByLabel('in each').first().selectOption('minute')
    await page.getByLabel('Waiting at most').fill('1000')
    await page.getByRole('button', { name: 'Set the limits' }).click()
    await page.getByText('5 a minute · 1,000 jobs waiting').waitFor()
    expect((await api.queues.limits('slow')).queue).toEqual({
      rates: [{ tokens: 5, perMs: 60_000, burst: 5 }],
      depthMax: 1_000,
    })
    expectCalm(seen)
  })
})
