import { defineJob, defineQueue, Http, unchecked } from 'fiber-work'

export interface Page {
  title: string
  links: number
}

/** Every host, unless it asks for something else: ten pages a second, one at a time. */
const pages = defineQueue('pages', { groupRate: { tokens: 10, perMs: 1_000, burst: 1 }, groupConcurrencyMax: 1 })

const page = defineJob('page', {
  input: unchecked<{ url: string; disallow: string[] }>(),
  queue: pages,
  group: ({ url }) => new URL(url).host,
  // Many pages link to the same one: who comes first enqueues it, the others are answered `duplicate`. Held for a day, also
  // when the page is done.
  unique: ({ url }) => ({ key: url, forMs: 86_400_000 }),
  attempts: 3,
})

export default page.handle(async ({ url, disallow }, job): Promise<Page> => {
  const html = await (await Http.get(url)).throw().text()
  const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => new URL(href, url))
  const polite = links.filter(({ host, pathname }) => {
    return host === new URL(url).host && !disallow.some((prefix) => pathname.startsWith(prefix))
  })
  // Follow-ups ride on this job's verdict: written in the same step that marks it done, and not at all if it fails.
  for (const link of polite) await job.enqueue(page, { url: link.href, disallow })
  return { title: /<title>(.*?)<\/title>/.exec(html)?.[1] ?? '', links: polite.length }
})
