import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { AnyHandler } from '../../src/job/definition.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { serveStore, type ServedOptions, type ServedStore } from './api.ts'

let told = false

/** Why a test in a real browser cannot run here; undefined when it can. */
export function browserMissing(): string | undefined {
  if (chromiumPath() !== undefined) return undefined
  const why = 'needs chromium (apt-get install chromium), or its path in CHROMIUM'
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(why)
  if (!told) process.stderr.write(`skipped: ${why}\n`)
  told = true
  return why
}

/** What has happened on a page that must not, as far as a test does not expect it. */
export interface Seen {
  /** Of the console, and what was thrown. */
  errors: string[]
  /** `alert` and its like. */
  dialogs: string[]
  /** What the Content-Security-Policy has kept from happening. */
  reports: string[]
  /** Requests that go to another server. */
  outside: string[]
}

export interface Opened {
  page: Page
  seen: Seen
}

export interface OpenOptions extends BrowserContextOptions {
  /** Told before the page is loaded. */
  before?: (page: Page) => Promise<void>
}

/** Opens an address in a window that shares nothing with others, and gathers what must not happen there. */
export type Open = (url: string, options?: OpenOptions) => Promise<Opened>

const reporting = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
  reportToTest(violatedDirective + ' ' + blockedURI + ' ' + sample))`

/** A browser for all tests of a file; called at its top. Skip them where there is none: `test.skipIf(browserMissing() !== undefined)`. */
export function useBrowser(): Open {
  let browser: Browser | undefined
  beforeAll(async () => {
    if (chromiumPath() !== undefined) browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  return (url, options) => open(browser!, url, options)
}

async function open(browser: Browser, url: string, { before, ...options }: OpenOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options)
  const seen: Seen = { errors: [], dialogs: [], reports: [], outside: [] }
  await context.exposeBinding('reportToTest', (_, text: string) => void seen.reports.push(text))
  await context.addInitScript({ content: reporting })
  const page = await context.newPage()
  watch(page, new URL(url).origin, seen)
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await keepPicture(page, task.name)
    await context.close()
  })
  await before?.(page)
  await page.goto(url)
  return { page, seen }
}

function watch(page: Page, origin: string, seen: Seen): void {
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => seen.errors.push(String(error)))
  page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message())
    void dialog.dismiss().catch(() => undefined)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) seen.outside.push(request.url())
  })
}

async function keepPicture(page: Page, name: string): Promise<void> {
  const path = join(tmpdir(), `fiber-work-${name.replace(/\W+/g, '-').slice(0, 60)}.png`)
  const kept = await page.screenshot({ path, timeout: 5_000 }).catch(() => undefined)
  if (kept !== undefined) console.error(`the page when "${name}" failed: ${path}, at ${page.url()}`)
}

/** Nothing of it has happened, but for errors that a test expects (a request that is refused is one on the console). */
export function expectCalm(seen: Seen, expected?: RegExp): void {
  const errors = seen.errors.filter((text) => expected?.test(text) !== true)
  expect({ ...seen, errors }).toEqual({ errors: [], dialogs: [], reports: [], outside: [] })
}

export interface Shown extends Opened, ServedStore {}

/** The page on a store of its own, opened at `path`. With `works` a worker works it. */
export async function showPage(
  openAt: Open,
  handlers: AnyHandler[] = [],
  { path = '/', works = false, ...options }: ServedOptions & OpenOptions & { path?: string; works?: boolean } = {},
): Promise<Shown> {
  const served = await serveStore(handlers, options)
  if (works) await served.work()
  return { ...served, ...(await openAt(served.url + path, options)) }
}
