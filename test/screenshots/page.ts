import { join } from 'node:path'
import type { Browser } from 'playwright-core'

/** What is photographed of the web page: its file, where it is, and how. */
const shots = [
  { file: 'overview-light', path: '/', scheme: 'light', width: 1440, height: 900 },
  { file: 'overview-dark', path: '/', scheme: 'dark', width: 1440, height: 900 },
  { file: 'jobs-dark', path: '/jobs?state=running', scheme: 'dark', width: 1440, height: 900 },
  { file: 'dead-light', path: '/dead', scheme: 'light', width: 1440, height: 900 },
  { file: 'workers-dark', path: '/workers', scheme: 'dark', width: 1440, height: 900 },
  { file: 'groups-light', path: '/groups', scheme: 'light', width: 1440, height: 900 },
  { file: 'overview-phone', path: '/', scheme: 'dark', width: 390, height: 844 },
] as const

export async function photographPage(
  browser: Browser,
  { url, folder, deadJob }: { url: string; folder: string; deadJob: string },
): Promise<void> {
  const job = {
    file: 'job-light',
    path: `/jobs/${encodeURIComponent(deadJob)}`,
    scheme: 'light',
    width: 1440,
    height: 900,
  } as const
  for (const { file, path, scheme, width, height } of [...shots, job]) {
    const context = await browser.newContext({
      colorScheme: scheme,
      viewport: { width, height },
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    await page.goto(url + path)
    // Charts and rates of what happens while one looks.
    await page.waitForTimeout(6_000)
    await page.screenshot({ path: join(folder, `${file}.png`) })
    await context.close()
  }
}
