/**
 * A polite crawler: many hosts at once, but each of them one page at a time and no faster than it wishes.
 *
 * A host is a group. The queue's limits say what is polite in general; a `Crawl-delay` in a host's robots.txt becomes a limit
 * of that one group. Nothing sleeps in a handler, so that a slow host holds no slot.
 */
import { connect } from 'fiber-work'
import page, { type Page } from './page.ts'
import { readRobots } from './robots.ts'
import { openSite } from './site.ts'

await using fast = await openSite({ pages: 20 })
await using slow = await openSite({ pages: 8, crawlDelayS: 0.25 })
const sites = [fast, slow]
await using client = await connect('memory:')

const startedAtMs = Date.now()
for (const { url } of sites) {
  const { crawlDelayMs, disallow } = await readRobots(url)
  if (crawlDelayMs > 0) {
    const rates = [{ tokens: 1, perMs: crawlDelayMs, burst: 1 }]
    await client.limit('pages', { group: new URL(url).host }, { rates })
  }
  await client.enqueue(page, { url: `${url}/0`, disallow })
}
const worker = await client.work([page], { concurrency: 500 })
await worker.idle({ delayed: true })
console.log(`${sites.length} sites in ${Date.now() - startedAtMs} ms`)

for (const { url, visits } of sites) {
  const { jobs } = await client.list({ group: new URL(url).host, states: ['done'] })
  const titles = jobs.map(({ result }) => (JSON.parse(result ?? '{}') as Page).title).toSorted()
  const gaps = visits().map((atMs, index, all) => atMs - (all[index - 1] ?? -Infinity))
  console.log(
    `${titles.length} pages, ${titles[0]} to ${titles.at(-1)}, at least ${Math.min(...gaps.slice(1))} ms apart`,
  )
}
