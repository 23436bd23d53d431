import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { browserMissing, expectCalm, useBrowser } from '../support/browser.ts'
import { openWorld } from '../support/web-world.ts'

const openAt = useBrowser()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const tokens = [
  { name: 'ada', role: 'admin', sha256: sha256('token-of-ada') },
  { name: 'ops', role: 'operate', sha256: sha256('token-of-ops') },
  { name: 'app', role: 'enqueue', sha256: sha256('token-of-app') },
  { name: 'eve', role: 'read', sha256: sha256('token-of-eve') },
  { name: 'post', role: 'operate', queues: ['mail'], sha256: sha256('token-of-post') },
] as const

describe.skipIf(browserMissing() !== undefined)('the login', () => {
  test('stands where one wanted to go, refuses a wrong token in words, and lets one out again', async () => {
    const { page } = await openWorld(openAt, { path: '/queues?q=mail', tokens })
    await page.getByLabel('Token').fill('somebody')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Nobody has this token.').waitFor()
    await page.getByLabel('Token').fill('token-of-ada')
    await page.getByLabel('Token').press('Enter')
    await page.getByRole('row', { name: /^mail/ }).waitFor()
    expect(page.url()).toContain('/queues?q=mail')
    expect(await page.getByRole('banner').innerText()).toContain('ada')
    await page.getByRole('button', { name: 'log out' }).click()
    await page.getByLabel('Token').waitFor()
    expect(await page.getByText('Your session has ended').count()).toBe(0)
  })

  test('a session that has ended brings the login, and after it one is back where one was', async () => {
    const { page, url } = await openWorld(openAt, { path: '/schedules?q=x', tokens })
    await page.getByLabel('Token').fill('token-of-ada')
    await page.getByLabel('Token').press('Enter')
    await page.getByText('Nothing is scheduled.').waitFor()
    await page.evaluate(async (base) => fetch(`${base}/v1/session`, { method: 'DELETE' }), url)
    await page.getByText('Your session has ended. Log in, and you are back where you were.').waitFor()
    await page.getByLabel('Token').fill('token-of-ada')
    await page.getByLabel('Token').press('Enter')
    await page.getByText('Nothing is scheduled.').waitFor()
    expect(page.url()).toContain('/schedules?q=x')
  })

  test('a reader sees no button that does something, no audit log and no payload; an operator sees no limits form', async () => {
    const { page } = await openWorld(openAt, { path: '/', tokens })
    await page.getByLabel('Token').fill('token-of-eve')
    await page.getByLabel('Token').press('Enter')
    await page.getByText('2 dead: charge of acme').waitFor()
    const doing =
      /^(?:Pause|Resume|Freeze|Halve|Concurrency|change$|New schedule|Run now|Edit|Remove|Limits …|Reload|Fewer|More)/
    for (const path of ['', 'queues', 'queues/slow', 'groups', 'schedules', 'workers']) {
      await page.goto(`${new URL(page.url()).origin}/${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
      await page.getByText('live', { exact: true }).waitFor()
      expect(await page.getByRole('button', { name: doing }).count(), path).toBe(0)
    }
    expect(await page.getByRole('navigation', { name: 'Pages' }).innerText()).not.toContain('Audit')

    await page.getByRole('button', { name: 'log out' }).click()
    await page.getByLabel('Token').fill('token-of-ops')
    await page.getByLabel('Token').press('Enter')
    await page.goto(`${new URL(page.url()).origin}/queues/slow`)
    await page.getByRole('button', { name: 'Halve' }).waitFor()
    await page.getByText('The queue as a whole').waitFor()
    expect(await page.getByRole('button', { name: 'change', exact: true }).count()).toBe(0)
  })

  test('who may only enqueue gets the form, the id of what was enqueued, and nothing else', async () => {
    const { page, store, seen, url } = await openWorld(openAt, { path: '/', tokens })
    await page.getByLabel('Token').fill('token-of-app')
    await page.getByLabel('Token').press('Enter')
    await page.getByRole('heading', { name: 'Submit a job' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/submit')
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts()).toEqual(['Submit'])
    expect(await page.getByRole('banner').innerText()).toMatch(/app\s+enqueue/)
    // It may not hear events, and is not told that it is asked for them in vain.
    expect(await page.getByRole('banner').getByRole('status').count()).toBe(0)
    await page.locator('.submit select').first().selectOption('greet (mail)')
    await page.getByLabel('Input as JSON').fill('{}')
    const known = new Set((await store.list({ queue: 'mail' })).jobs.map(({ job }) => job.id))
    await page.getByRole('button', { name: 'Submit' }).click()
    await expect.poll(async () => (await store.list({ queue: 'mail' })).jobs.length).toBe(known.size + 1)
    const { jobs } = await store.list({ queue: 'mail' })
    await page
      .getByText(jobs.find(({ job }) => !known.has(job.id))!.job.id)
      .first()
      .waitFor()
    for (const path of ['jobs', 'dead', 'queues', 'queues/mail', 'groups', 'schedules', 'workers', 'audit']) {
      await page.goto(`${url}/${path}`)
      // An answer of the API says the same first, where it comes before one is known.
      await page.getByText('enqueue is its role.').waitFor()
      expect(await page.getByRole('main').getByRole('button').count(), path).toBe(0)
    }
    expectCalm(seen, /status of 4\d\d/)
  })

  test('a token of one queue sees that queue, and is told what it does not reach', async () => {
    const { page } = await openWorld(openAt, { path: '/queues', tokens })
    await page.getByLabel('Token').fill('token-of-post')
    await page.getByLabel('Token').press('Enter')
    await expect.poll(() => page.locator('tbody tr td:first-child').allInnerTexts()).toEqual(['mail'])
    await page.getByRole('link', { name: 'Workers' }).click()
    await page.getByText('Your token does not reach this.').first().waitFor()
  })
})
