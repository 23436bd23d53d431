import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { systemEnv } from '../../src/base/env.ts'
import { defineJob } from '../../src/index.ts'
import { answersOf } from '../../src/worker/answers.ts'
import { fleetOfWorker } from '../../src/worker/fleet.ts'
import { browserMissing, expectCalm, showPage, useBrowser } from '../support/browser.ts'

const openAt = useBrowser()

const charge = defineJob(
  'charge',
  {
    queue: 'money',
    attempts: 2,
    backoff: { kind: 'fixed', baseMs: 1 },
    input: z.object({ cents: z.int().min(1), card: z.string().meta({ sensitive: true }), note: z.string().optional() }),
  },
  ({ cents }) => {
    if (cents > 1_000) throw new Error('the card was declined')
    return { charged: cents }
  },
)
const wait = defineJob('wait', { queue: 'slow' }, async (_, job) => {
  job.progress(0.25)
  await new Promise((resolve, reject) => {
    job.signal.addEventListener('abort', () => reject(job.signal.reason as Error))
    setTimeout(resolve, 60_000).unref()
  })
})

const refused = /status of 4\d\d/

describe.skipIf(browserMissing() !== undefined)('the page of a job', () => {
  test('tells its attempts, its error, and what it was given, without its secrets', async () => {
    const { page, seen, store, work } = await showPage(openAt, [charge])
    const worker = await work()
    const { id } = await store.enqueue(charge, { cents: 5_000, card: '4111111111111111' })
    await worker.idle({ delayed: true })
    await page.goto(new URL(`/jobs/${id}`, page.url()).href)
    const main = page.locator('main')
    await expect.poll(() => main.innerText()).toContain('the card was declined')
    const timeline = page.locator('.timeline')
    expect(await timeline.innerText()).toContain('Attempt 1')
    expect(await timeline.innerText()).toContain('Attempt 2')
    expect(await main.innerText()).toContain('"cents": 5000')
    expect(await page.content()).not.toContain('4111111111111111')
    await page.getByRole('button', { name: 'Show them' }).click()
    await expect.poll(() => main.innerText()).toContain('4111111111111111')
    expectCalm(seen)
  })

  test('runs again with an edited input, and says at its place what is wrong with one', async () => {
    const { page, seen, store, work } = await showPage(openAt, [charge])
    const worker = await work()
    const { id } = await store.enqueue(charge, { cents: 5_000, card: '4111111111111111' })
    await worker.idle({ delayed: true })
    await page.goto(new URL(`/jobs/${id}`, page.url()).href)
    await page.getByRole('button', { name: 'Run again …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('cents').fill('0')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await expect.poll(() => dialog.locator('.field-error').innerText()).toBe('Must be 1 or more.')
    await dialog.getByLabel('cents').fill('900')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await expect.poll(() => page.url()).not.toContain(id)
    await expect.poll(() => page.locator('main').innerText(), { timeout: 10_000 }).toContain('"charged": 900')
    const made = await store.find([page.url().split('/').at(-1)!])
    // The secret that was not shown is what it was.
    expect(store.content(made[0]!).input).toEqual({ cents: 900, card: '4111111111111111' })

    await page.getByRole('button', { name: 'Run again …' }).click()
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByLabel('Input as JSON').fill('{ "cents": ')
    await page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click()
    await expect.poll(() => page.locator('.issues').innerText()).toContain('Is no JSON')
    expectCalm(seen)
  })

  test('is live: it starts, tells how far it is, and is cancelled', async () => {
    const { page, seen, store, work } = await showPage(openAt, [wait])
    const { id } = await store.enqueue(wait)
    await page.goto(new URL(`/jobs/${id}`, page.url()).href)
    await expect.poll(() => page.locator('main').innerText()).toContain('Waits for its turn.')
    await work()
    await page.getByRole('progressbar', { name: 'Progress' }).waitFor({ timeout: 15_000 })
    await page.keyboard.press('c')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.toast').innerText()).toContain('told to stop')
    await expect.poll(() => page.locator('.job-head').innerText(), { timeout: 15_000 }).toContain('cancelled')
    expectCalm(seen)
  })

  test('two operators: whoever comes second is told, and nothing is done twice', async () => {
    const { page, seen, store, work, url } = await showPage(openAt, [charge])
    const worker = await work()
    const { id } = await store.enqueue(charge, { cents: 5_000, card: 'x' })
    await worker.idle({ delayed: true })
    worker.pause()
    const other = await openAt(`${url}/jobs/${id}`)
    await page.goto(`${url}/jobs/${id}`)
    const mine = page.getByRole('button', { name: 'Retry', exact: true })
    const theirs = other.page.getByRole('button', { name: 'Retry', exact: true })
    await Promise.all([mine.waitFor(), theirs.waitFor()])
    await Promise.all([mine.click(), theirs.click()])
    const said = async () =>
      (await Promise.all([page, other.page].map((one) => one.locator('.toast').first().innerText()))).join('|')
    await expect
      .poll(said)
      .toMatch(/It starts over[\s\S]*somebody was quicker|somebody was quicker[\s\S]*It starts over/)
    for (const one of [page, other.page])
      await expect.poll(() => one.locator('.job-head').innerText()).toContain('ready')

    await store.remove([id])
    await expect
      .poll(() => page.locator('main').innerText(), { timeout: 10_000 })
      .toContain('no record of this job any more')
    expectCalm(seen, refused)
    expectCalm(other.seen, refused)
  })

  test('tells its log, and what it did through its facades', async () => {
    const atMs = Date.parse('2026-05-04T12:00:00.000Z')
    const jobLog = () => [
      { atMs, level: 'info' as const, message: 'charging', fields: '{"cents":900}' },
      {
        atMs: atMs + 20,
        level: 'debug' as const,
        message: 'http POST https://cards/charge: 200',
        fields: '{"door":"http","outcome":"200","ms":12.3}',
      },
    ]
    const fleet = fleetOfWorker(
      answersOf(() => undefined, { jobLog }),
      systemEnv,
    )
    const { page, seen, store, url } = await showPage(openAt, [charge], { fleet })
    const { id } = await store.enqueue(charge, { cents: 900, card: 'x' })
    await page.goto(`${url}/jobs/${id}`)
    await expect
      .poll(() => page.locator('.log-line').allInnerTexts())
      .toEqual([
        expect.stringMatching(/12:00:00\.000\s+info\s+charging\s+cents=900/),
        expect.stringMatching(/12:00:00\.020\s+http\s+POST https:\/\/cards\/charge: 200\s+12 ms/),
      ])
    expectCalm(seen)
  })

  test('of an id that nobody has', async () => {
    const { page, seen } = await showPage(openAt, [charge], { path: '/jobs/nothing-here' })
    await expect.poll(() => page.locator('main').innerText()).toContain('There is no job with this id.')
    expectCalm(seen, refused)
  })
})
