import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { apiClient } from '../../src/client.ts'
import { defineJob } from '../../src/index.ts'
import { browserMissing, expectCalm, showPage, useBrowser } from '../support/browser.ts'
import { vectors } from '../support/xss.ts'

const openAt = useBrowser()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const hostile = defineJob(
  'hostile',
  {
    queue: 'hostile',
    attempts: 1,
    input: z.object({
      text: z.string().meta({ title: vectors[0]!, description: vectors[1]! }),
      choice: z.enum([vectors[2]!, 'b']).default('b'),
      inner: z.object({ [vectors[3]!]: z.string().optional() }).optional(),
      rest: z.unknown().optional(),
    }),
    group: ({ text }) => text,
    unique: ({ text }) => text,
    tags: ({ text }) => [text],
    headers: { traceparent: `00-${vectors[0]}-b-01`, 'x-note': vectors[1]! },
  },
  async ({ text }, job) => {
    job.log.info(text, { field: text, [text]: text })
    job.progress({ step: text })
    if (text.length % 2 === 0) throw new Error(`${text}\n    at ${text} (/app/${text}.ts:1:1)`)
    return { [text]: text }
  },
)

/** What a vector makes when it becomes markup, or runs. */
async function traces(page: Page): Promise<string[]> {
  return page.evaluate(() => [
    ...[...document.querySelectorAll('.xss, [onerror], [onload], [onclick], iframe, object, embed, base ~ base')].map(
      ({ outerHTML }) => outerHTML.slice(0, 200),
    ),
    ...[...document.querySelectorAll('a, form, area')].flatMap((element) => {
      const target = element.getAttribute('href') ?? element.getAttribute('action') ?? ''
      return /^\s*(?:javascript|data|vbscript):/i.test(target) ? [target] : []
    }),
    ...('xss' in globalThis ? ['a script has run'] : []),
  ])
}

describe.skipIf(browserMissing() !== undefined)('hostile texts', () => {
  test('in every field that a job, a group, a schedule or a token can carry stay texts, on every page', async () => {
    const { page, seen, store, api, url, work } = await showPage(openAt, [hostile])
    const worker = await work()
    const ids: string[] = []
    for (const [at, text] of vectors.entries()) {
      const { id } = await store.enqueue(
        hostile,
        { text, rest: { [text]: [text] } },
        { id: at % 3 === 0 ? `${at} ${text}`.slice(0, 200) : `job-${at}` },
      )
      ids.push(id)
    }
    await worker.idle({ delayed: true })
    const input = { text: vectors[0]! }
    await api.schedules.put('evil', {
      cron: '0 3 * * *',
      job: { name: 'hostile', queue: 'hostile', input, tags: [vectors[2]!] },
    })
    await api.queues.pauseGroup('hostile', vectors[4]!)
    await api.queues.setLimits('hostile', { group: vectors[5]! }, { concurrencyMax: 1 })
    await api.bulk.start('retry', { queue: 'hostile', tag: vectors[6]!, states: ['cancelled'] })
    await store.enqueueMany(hostile, [{ text: `${vectors[7]} waiting` }])

    const encoded = encodeURIComponent(vectors[0]!)
    const paths = [
      ...[
        '/',
        '/jobs',
        '/dead',
        '/queues',
        '/queues/hostile',
        '/groups',
        '/schedules',
        '/workers',
        '/audit',
        '/submit',
      ],
      ...[
        `/jobs?group=${encoded}`,
        `/jobs?error=${encoded}`,
        `/dead?error=${encoded}`,
        `/queues/${encoded}`,
        `/jobs/${encoded}`,
      ],
      ...[`/submit?name=${encoded}`, `/${encoded}`, `/jobs?state=${encoded}&older=${encoded}`],
      ...ids.map((id) => `/jobs/${encodeURIComponent(id)}`),
    ]
    for (const path of paths) {
      await page.goto(url + path)
      await page.locator('main > *').first().waitFor()
      await page.waitForFunction(() => document.querySelector('.loading') === null)
      for (const summary of await page.locator('main summary').all()) await summary.click()
      expect(await traces(page), path).toEqual([])
    }
    // The ids are texts too: each job was found by its own.
    await page.goto(`${url}/jobs/${encodeURIComponent(ids[0]!)}`)
    await expect.poll(() => page.locator('.job-id').innerText()).toContain(vectors[0])
    await page.goto(`${url}/dead`)
    await page.locator('.failure').first().getByRole('button', { name: 'Retry …' }).click()
    await page.locator('.bulk-sample').waitFor()
    expect(await traces(page)).toEqual([])
    await page.goto(`${url}/jobs/${encodeURIComponent(ids[0]!)}`)
    await page.getByRole('button', { name: 'Run again …' }).click()
    await page.getByRole('dialog').getByRole('textbox').first().waitFor()
    expect(await traces(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.keyboard.type(vectors[0]!)
    expect(await traces(page)).toEqual([])
    expectCalm(seen, /status of 4\d\d/)
  })

  test('in the names of schedules and of tokens stay texts, where they are listed, run, changed, removed and written down', async () => {
    const tokens = vectors.map((name, at) => ({ name, role: 'admin' as const, sha256: sha256(`token-${at}`) }))
    const { page, seen, url } = await showPage(openAt, [hostile], { tokens })
    await page.getByLabel('Token').fill('token-1')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'log out' }).waitFor()
    expect(await page.getByRole('banner').innerText()).toContain(vectors[1])
    const ids: string[] = []
    for (const [at, id] of vectors.entries()) {
      const api = apiClient(url, { token: `token-${at}` })
      // Some are no names of schedules; those that are must be told from all others.
      const made = await api.schedules
        .put(id, { cron: '0 3 * * *', job: { name: 'hostile', queue: 'hostile', input: { text: id } } })
        .catch((error: { code?: string }) => error.code)
      if (typeof made === 'object') ids.push(id)
      else expect(made).toBe('FW_API_INVALID')
    }
    expect(ids.length).toBeGreaterThan(10)
    await page.goto(`${url}/schedules`)
    await expect.poll(() => page.locator('tbody tr').count()).toBe(ids.length)
    expect(await traces(page)).toEqual([])
    for (const [button, out] of [
      ['Pause', undefined],
      ['Edit …', 'Escape'],
      ['Remove …', 'Escape'],
    ] as const) {
      await page.locator('tbody tr').first().getByRole('button', { name: button }).click()
      if (out !== undefined) {
        await page.getByRole('dialog').waitFor()
        expect(await traces(page), button).toEqual([])
        await page.keyboard.press(out)
      }
    }
    await page.getByText('not while paused').waitFor()
    expect(await traces(page)).toEqual([])
    await page.keyboard.press('Control+k')
    await page.keyboard.type('Run schedule')
    await page.getByRole('option').first().waitFor()
    expect(await traces(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.goto(`${url}/audit`)
    await page.getByText('put schedule').first().waitFor()
    expect(await page.getByRole('main').innerText()).toContain(vectors[1])
    expect(await traces(page)).toEqual([])
    expectCalm(seen, /status of 4\d\d/)
  })

  test('at the login and in the name of who is there', async () => {
    const { page, seen, api, url } = await showPage(openAt, [hostile])
    await api.access.addToken({ name: 'root', role: 'admin' })
    await page.goto(`${url}/jobs?error=${encodeURIComponent(vectors[0]!)}`)
    await page.getByLabel('Token').fill(vectors[0]!)
    await page.keyboard.press('Enter')
    await page.locator('.field-error').waitFor()
    expect(await traces(page)).toEqual([])
    expectCalm(seen, /status of 4\d\d/)
  })
})
