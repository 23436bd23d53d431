import { describe, expect, test } from 'vitest'
import { defineJob, unchecked } from '../../src/index.ts'
import { browserMissing, expectCalm, showPage, useBrowser } from '../support/browser.ts'
import { Hands } from '../support/hands.ts'

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
  },
)
const crunch = defineJob('crunch', { queue: 'reports' }, () => {
  const endMs = Date.now() + 2_500
  while (Date.now() < endMs);
})
const greet = defineJob('greet', { queue: 'mail' }, () => 'hello')

/** From the first page, which is open, to the end of the task: so many clicks and keys, and no more. */
function done(task: string, hands: Hands, sumMax: number): void {
  console.log(`${task}: ${hands.clicks} clicks, ${hands.keys} keys`)
  expect(hands.sum, task).toBeLessThanOrEqual(sumMax)
}

async function badDay() {
  isDown = true
  const shown = await showPage(openAt, [deliver, crunch, greet])
  const worker = await shown.work()
  const orders = Array.from({ length: 60 }, (_, order) => ({ tenant: order % 3 === 0 ? 'acme' : 'umbrella', order }))
  await shown.store.enqueueMany(deliver, orders)
  await worker.idle()
  // They look first, and then act.
  await shown.page.getByText('local', { exact: true }).waitFor()
  await shown.page.getByText('umbrella').first().waitFor()
  return { ...shown, worker, hands: new Hands(shown.page) }
}

describe.skipIf(browserMissing() !== undefined)('the work of somebody who is on call', () => {
  test('find the failing tenant and its error', async () => {
    const { page, seen, hands } = await badDay()
    // It stands on the first page.
    const why = page.getByRole('region', { name: 'Why jobs are dead' }).first()
    await expect.poll(() => why.innerText()).toMatch(/umbrella[\s\S]*the receiver answered 503/)
    done('find the failing tenant and its error', hands, 0)
    expectCalm(seen)
  })

  test('pause its group', async () => {
    const { page, seen, hands, store } = await badDay()
    await hands.press('g', 'd')
    await hands.click(page.getByRole('button', { name: 'Pause umbrella' }))
    await expect.poll(async () => (await store.limits('hooks')).frozen.map(({ group }) => group)).toEqual(['umbrella'])
    done('pause its group', hands, 3)
    expectCalm(seen)
  })

  test('replay its dead jobs at 50 a second', async () => {
    const { page, seen, hands, api } = await badDay()
    isDown = false
    await hands.press('g', 'd')
    await hands.click(page.locator('.failure').first().getByRole('button', { name: 'Retry …' }))
    await page.getByRole('button', { name: 'Retry 40 jobs' }).waitFor()
    await hands.press('Enter')
    await expect
      .poll(async () => (await api.bulk.list())[0])
      .toMatchObject({ state: 'done', ratePerSecond: 50, outcomes: { retried: 40 } })
    done('replay its dead jobs at 50 a second', hands, 4)
    expectCalm(seen)
  })

  test('find what blocked the loop', async () => {
    const { page, seen, hands, store } = await badDay()
    await store.enqueue(crunch)
    await expect.poll(() => page.locator('main').innerText(), { timeout: 30_000 }).toMatch(/crunch blocked the loop/)
    await hands.press('g', 'w')
    await expect.poll(() => page.locator('main').innerText()).toMatch(/crunch[\s\S]*tasks\.test\.ts:\d+/)
    done('find what blocked the loop, job and line', hands, 2)
    expectCalm(seen)
  })

  test('halve the concurrency of a queue', async () => {
    const { page, seen, hands, api, store } = await badDay()
    await api.queues.setConcurrency('hooks', 40)
    await hands.press('g', 'q')
    await page.locator('[data-row="hooks"]').waitFor()
    await hands.press('j')
    // The queue that has most to do may not be the first one.
    const here = () => page.evaluate(() => document.activeElement?.getAttribute('data-row'))
    while ((await here()) !== 'hooks') await hands.press('j')
    await hands.press('<')
    await expect.poll(async () => (await store.limits('hooks')).queue).toMatchObject({ concurrencyMax: 20 })
    done('halve the concurrency of a queue', hands, 4)
    expectCalm(seen)
  })

  test('the same by typing what one wants', async () => {
    const { page, seen, hands, store } = await badDay()
    await hands.press('Control+k')
    await hands.type('ha ho')
    const chosen = page.locator('.palette [aria-selected=true]')
    await expect.poll(() => chosen.innerText()).toContain('Halve concurrency of hooks')
    await hands.press('Enter')
    // Without a limit of its own it may have all that the worker has room for.
    await expect.poll(async () => (await store.limits('hooks')).queue).toMatchObject({ concurrencyMax: 500 })
    done('halve the concurrency of a queue, in the palette', hands, 7)
    expectCalm(seen)
  })

  test('run a schedule now', async () => {
    const { page, seen, hands, api, store } = await badDay()
    await api.schedules.put('nightly', { cron: '0 3 * * *', job: { name: 'greet', queue: 'mail' } })
    await hands.press('g', 's')
    await hands.click(page.getByRole('button', { name: 'Run now' }))
    await expect.poll(async () => (await store.list({ queue: 'mail' })).jobs.length).toBe(1)
    done('run a schedule now', hands, 3)
    expectCalm(seen)
  })
})
