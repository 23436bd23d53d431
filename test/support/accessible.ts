import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Violation {
  id: string
  nodes: { html: string; failureSummary?: string }[]
}
declare const axe: { run: () => Promise<{ violations: Violation[] }> }

/** Makes axe look at pages: call it before the page is loaded, in a context that bypasses the content security policy. */
export async function bringAxe(page: Page): Promise<void> {
  await page.addInitScript({ path })
}

/** What axe finds wrong with what is shown now. */
export async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => axe.run())
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  )
}
