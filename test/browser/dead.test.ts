import { describe, expect, test } from 'vitest'
import { defineJob, unchecked } from '../../src/index.ts'
import { browserMissing, expectCalm, showPage, useBrowser } from '../support/browser.ts'

const openAt = useBrowser()

let isDown = true
const deliver = defineJob(
  'deliver',
  {
    queue: 'hooks',
    attempts: 1,
    input: unchecked<{ tenant: string; order: number }>(),
    group: ({ tenant }) => tenant,
  },
  ({ tenant, order }) => {
    if (isDown && tenant === 'umbrella') throw new Error(`the receiver answered 503 to order ${order}`)
    if (tenant === 'hooli') throw new TypeError('no address')
  },
)

async function deadOnes(umbrella: number) {
  isDown = true
  const shown = await showPage(openAt, [deliver], { path: '/dead' })
  const worker = await shown.work()
  await shown.store.enqueueMany(
    deliver,
    Array.from({ length: umbrella }, (_, order) => ({ tenant: 'umbrella', order })),
  )
  await shown.store.enqueueMany(deliver, [{ tenant: 'hooli', order: 1 }])
  await worker.idle()
  await shown.page.locator('.failure').nth(1).waitFor({ timeout: 15_000 })
  return { ...shown, worker }
}

describe.skipIf(browserMissing() !== undefined)('dead letters', () => {
  test('stand together by what they failed of', async () => {
    const { page, seen } = await deadOnes(30)
    const first = page.locator('.failure').first()
    await expect.poll(() => first.innerText()).toMatch(/^30\n/)
    expect(await first.innerText()).toContain('umbrella')
    expect(await page.locator('main').innerText()).toContain('2 kinds of failure')
    await page.getByRole('searchbox', { name: 'Filter' }).fill('no address')
    await expect.poll(() => page.locator('.failure').count()).toBe(1)
    expect(page.url()).toContain('error=no+address')
    expectCalm(seen)
  })

  test('one kind is retried at a rate: counted before, with its progress, and stopped', async () => {
    const { page, seen, store } = await deadOnes(200)
    isDown = false
    await page.locator('.failure').first().getByRole('button', { name: 'Retry …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Retry 200 jobs' }).waitFor()
    await dialog.getByLabel('Jobs a second, at most').fill('20')
    await expect.poll(() => dialog.innerText()).toContain('in about 10 seconds')
    await page.keyboard.press('Enter')
    const task = page.locator('.bulk-task').first()
    const bar = task.getByRole('progressbar')
    await expect
      .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 15_000 })
      .toBeGreaterThan(5)
    await task.getByRole('button', { name: 'Stop' }).click()
    await expect.poll(() => task.innerText(), { timeout: 15_000 }).toContain('stopped')
    expect(await task.innerText()).toMatch(/Retried \d+\.[\s\S]*stayed as they were\./)
    expect((await store.list({ states: ['dead'], group: 'umbrella' }, { limit: 500 })).jobs.length).toBeGreaterThan(0)
    expectCalm(seen)
  })

  test('what somebody else has retried meanwhile is told', async () => {
    const { page, seen, store } = await deadOnes(3)
    isDown = false
    await page.locator('.failure').first().getByRole('button', { name: 'Retry …' }).click()
    await page.getByRole('button', { name: 'Retry 3 jobs' }).waitFor()
    const { jobs } = await store.list({ states: ['dead'], group: 'umbrella' })
    await store.retry(jobs.map(({ job: { id } }) => id))
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.bulk-task').first().innerText(), { timeout: 15_000 }).toContain('Retried 0.')
    await expect.poll(() => page.locator('.failure').count(), { timeout: 15_000 }).toBe(1)
    expectCalm(seen)
  })

  test('a bulk action whose process has ended is told as interrupted', async () => {
    const { page, seen, store } = await deadOnes(3)
    const startedAtMs = Date.now() - 60_000
    const task = {
      id: 'lost',
      action: 'retry',
      filter: { queue: 'hooks', states: ['dead'] },
      state: 'running',
      acted: 2,
      expected: 9,
      outcomes: { retried: 2 },
      by: 'ada',
      startedAtMs,
      toldAtMs: startedAtMs,
    }
    await store.driver.ledger!.write([{ key: 'bulk:lost', value: JSON.stringify(task), forMs: 600_000 }])
    await page.reload()
    const told = page.locator('.bulk-task', { hasText: 'interrupted' })
    await expect.poll(() => told.innerText()).toMatch(/Retried 2\.[\s\S]*the same again does the rest/)
    expectCalm(seen)
  })

  test('a group that most of it is about is paused with one click', async () => {
    const { page, seen, store } = await deadOnes(5)
    await page.getByRole('button', { name: 'Pause umbrella' }).click()
    await expect.poll(async () => (await store.limits('hooks')).frozen.map(({ group }) => group)).toEqual(['umbrella'])
    expectCalm(seen)
  })
})
