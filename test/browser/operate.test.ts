import { describe, expect, test } from 'vitest'
import { browserMissing, expectCalm, useBrowser } from '../support/browser.ts'
import { openWorld } from '../support/web-world.ts'

const openAt = useBrowser()

describe.skipIf(browserMissing() !== undefined)('operating', () => {
  test('groups: who is held back and why; paused, limited, resumed', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/groups' })
    const row = page.getByRole('row', { name: /^globex/ })
    await row.getByText('waits for tokens: 1 a minute, burst 2').waitFor()
    await row.getByRole('button', { name: 'Pause' }).click()
    await row.getByText('paused, until it is resumed').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'globex is paused in deliveries' }).waitFor()
    await row.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(async () => (await api.queues.limits('deliveries')).frozen).toEqual([])
    await row.getByRole('button', { name: 'Limits …' }).click()
    await page.getByLabel('Weight').fill('3')
    await page.getByRole('button', { name: 'Set the limits' }).click()
    await row.getByText('weight 3').waitFor()
    expect((await api.queues.limits('deliveries')).group).toEqual({ globex: { weight: 3 } })
    expectCalm(seen)
  })

  test('groups: what is left of each limit, and when the next job may start', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/groups' })
    const row = page.getByRole('row', { name: /^globex/ })
    await row.getByText('0 of 2 tokens').waitFor()
    const meter = row.getByRole('meter', { name: 'globex: 0 of 2 tokens left' })
    expect(await meter.getAttribute('aria-valuemax')).toBe('2')
    expect(await meter.getAttribute('title')).toMatch(/^1 a minute flow in, full in 1m /)
    // Six wait for a token a minute, and time goes on while one looks.
    await row.getByText(/the next one in \d+ s, the last of them after 5m \d\ds/).waitFor()
    await api.queues.setLimits('deliveries', 'queue', { quota: { jobs: 5, perMs: 86_400_000 }, concurrencyMax: 4 })
    await page.getByText('All of them together may have at most 5 a day, 4 at once').waitFor()
    await page.getByRole('meter', { name: 'the whole queue: 5 of 5 jobs left' }).waitFor()
    await api.queues.setLimits('deliveries', { group: 'globex' }, { rates: [{ tokens: 9, perMs: 60_000 }] })
    await row.getByText(/\d of 9 tokens/).waitFor()
    await page.goto(`${new URL(page.url()).origin}/queues/deliveries`)
    await page.getByRole('meter', { name: /^The queue as a whole: \d of 5 jobs left$/ }).waitFor()
    expectCalm(seen)
  })

  test('schedules: made, run, paused, changed and removed', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/schedules' })
    await page.getByText('Nothing is scheduled.').waitFor()
    await page.getByRole('button', { name: 'New schedule …' }).click()
    await page.getByLabel('Name').fill('nightly')
    await page.getByLabel('Job').selectOption('mail / greet')
    await page.getByLabel('Pattern').fill('0 3 * * MON-FRI')
    await page.getByText('at 03:00, Monday to Friday').waitFor()
    await page.getByLabel('Time zone').fill('Europe/Paris')
    await page.getByRole('button', { name: 'Make it' }).click()
    const row = page.getByRole('row', { name: /^nightly/ })
    await row.getByText('at 03:00, Monday to Friday').waitFor()
    await row.getByText('has not run yet').waitFor()
    await row.getByRole('button', { name: 'Run now' }).click()
    await page.getByText(/nightly runs now: job /).waitFor()
    await expect.poll(async () => (await api.queues.get('mail')).done).toBe(4)
    await row.getByRole('button', { name: 'Pause' }).click()
    await row.getByText('not while paused').waitFor()
    await row.getByRole('button', { name: 'Edit …' }).click()
    await page.getByRole('button', { name: 'In intervals' }).click()
    await page.getByLabel('Every').fill('0.1')
    await page.getByLabel('Unit').selectOption('seconds')
    await page.getByText('Every second is the most.').waitFor()
    await page.getByLabel('Every').fill('90')
    await page.getByRole('button', { name: 'Change it' }).click()
    await row.getByText('every 90 seconds').waitFor()
    await row.getByRole('button', { name: 'Remove …' }).click()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('Nothing is scheduled.').waitFor()
    expectCalm(seen)
  })

  test('a schedule that the API refuses says why, and the form stays', async () => {
    const { page } = await openWorld(openAt, { path: '/schedules' })
    await page.getByRole('button', { name: 'New schedule …' }).click()
    await page.getByLabel('Name').fill('wrong')
    await page.getByLabel('Job').selectOption('mail / greet')
    await page.getByLabel('Pattern').fill('every day')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
    expect(await page.getByLabel('Pattern').inputValue()).toBe('every day')
  })

  test('workers: as they are, with more and fewer at once, paused and resumed', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/workers' })
    const card = page.getByRole('article')
    await expect
      .poll(() => card.innerText())
      .toMatch(/Worker 0[\s\S]*running[\s\S]*2\s*in flight of 1,000[\s\S]*sqlite/)
    await page.getByRole('button', { name: 'Fewer at once' }).click()
    await expect.poll(() => card.innerText()).toContain('of 990')
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await card.getByText('paused', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await card.getByText('running', { exact: true }).waitFor()
    expect((await api.access.audit()).entries.map(({ operation }) => operation)).toEqual([
      'resumeProcesses',
      'pauseProcesses',
      'setProcessConcurrency',
    ])
    expectCalm(seen)
  })

  test('the audit log: who did what, searched in the URL', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/audit?q=resume' })
    await page.getByText('No entry is like that.').waitFor()
    await api.queues.pause('mail')
    await api.queues.resume('mail')
    const rows = page.locator('tbody tr')
    await expect
      .poll(() => rows.allInnerTexts(), { timeout: 15_000 })
      .toEqual([expect.stringMatching(/local[\s\S]*resume queue[\s\S]*queue mail/)])
    await page.getByRole('searchbox').fill('')
    await expect.poll(() => rows.count()).toBe(2)
    expect(new URL(page.url()).search).toBe('')
    await page.getByLabel('Outcome').selectOption('Refused')
    await page.getByText('No entry is like that.').waitFor()
    expect(new URL(page.url()).search).toBe('?outcome=refused')
    expectCalm(seen)
  })

  test('the audit log is searched as a whole, not what is loaded of it', async () => {
    const { page, api, seen } = await openWorld(openAt, { path: '/audit' })
    await api.queues.pause('mail')
    for (let n = 0; n < 120; n++) await api.queues.resume('mail')
    await page.getByRole('searchbox').fill('pause QUEUE')
    const rows = page.locator('tbody tr')
    await expect.poll(() => rows.allInnerTexts(), { timeout: 15_000 }).toEqual([expect.stringMatching(/pause queue/)])
    expectCalm(seen)
  })
})
