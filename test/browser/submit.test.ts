import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineJob } from '../../src/index.ts'
import { browserMissing, expectCalm, showPage, useBrowser } from '../support/browser.ts'

const openAt = useBrowser()

const order = defineJob(
  'order',
  {
    queue: 'shop',
    input: z.object({
      user: z.string().min(1),
      cents: z.int().min(1),
      plan: z.enum(['free', 'paid']).default('free'),
      express: z.boolean(),
      items: z.array(z.object({ sku: z.string() })).optional(),
      // The form cannot know it: the worker's own word comes back to its field.
      email: z.string().refine((text) => text.includes('@'), 'has no @'),
    }),
  },
  () => 'done',
)
const tick = defineJob('tick', { queue: 'clock' }, () => 'tock')
const refused = /status of 4\d\d/

describe.skipIf(browserMissing() !== undefined)('a job is submitted', () => {
  test('through a form made from its schema', async () => {
    const { page, seen, store } = await showPage(openAt, [order, tick], { path: '/submit' })
    const submit = page.getByRole('button', { name: 'Submit' })
    await submit.click()
    await expect
      .poll(() => page.locator('.field-error').allInnerTexts())
      .toEqual(['Needs a value.', 'Needs a value.', 'Needs a value.'])
    await page.getByLabel('user').fill('Ada')
    await page.getByLabel('cents').fill('12')
    await page.getByLabel('plan').selectOption('paid')
    await page.getByLabel('express').check()
    await page.getByLabel('email').fill('nowhere')
    await page.getByRole('button', { name: 'Add one' }).click()
    await page.getByLabel('sku').fill('a-1')
    await submit.click()
    await expect.poll(() => page.locator('.field-error').allInnerTexts()).toEqual([expect.stringContaining('has no @')])
    await page.getByLabel('email').fill('ada@example.org')
    await page.getByText('Options', { exact: true }).click()
    await page.getByLabel('Priority').selectOption('9')
    await page.getByLabel('Delay').fill('10m')
    await page.getByLabel('Tags').fill('a, b')
    await submit.click()
    await expect.poll(() => page.url()).toMatch(/\/jobs\/[^/]+$/)
    const {
      jobs: [record],
    } = await store.list({ queue: 'shop' })
    expect(store.content(record!).input).toEqual({
      user: 'Ada',
      cents: 12,
      plan: 'paid',
      express: true,
      items: [{ sku: 'a-1' }],
      email: 'ada@example.org',
    })
    expect(record).toMatchObject({ state: 'delayed', job: { priority: 9, tags: ['a', 'b'] } })
    expectCalm(seen, refused)
  })

  test('found in the palette; one without input needs nothing', async () => {
    const { page, seen, store } = await showPage(openAt, [order, tick])
    await page.keyboard.press('Control+k')
    await page
      .getByRole('option', { name: /^Submit tick/ })
      .or(page.getByRole('option').first())
      .first()
      .waitFor()
    await page.keyboard.type('submit tick')
    await page.getByRole('option', { name: /^Submit tick/ }).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('main').innerText()).toContain('It takes no input.')
    await page.getByRole('button', { name: 'Submit' }).click()
    await expect.poll(async () => (await store.list({ queue: 'clock' })).jobs.length).toBe(1)
    expectCalm(seen)
  })

  test('the palette leads to the page of an id that is typed', async () => {
    const { page, seen, store } = await showPage(openAt, [tick])
    const { id } = await store.enqueue(tick)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(id)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('h1').innerText()).toBe('tick')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('dialog').count()).toBe(0)
    expectCalm(seen)
  })
})
