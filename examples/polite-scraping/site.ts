import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A small web site: each page links to the next two, to the first, and to one that robots must not visit. */
export async function openSite({ pages, crawlDelayS }: { pages: number; crawlDelayS?: number }) {
  const visits: number[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/robots.txt') {
      return response.end(`Disallow: /private\n${crawlDelayS === undefined ? '' : `Crawl-delay: ${crawlDelayS}\n`}`)
    }
    visits.push(Date.now())
    const number = Number(path.slice(1))
    const links = [(number + 1) % pages, (number + 2) % pages, 0, 'private'].map((to) => `<a href="/${to}">${to}</a>`)
    return response.end(`<title>page ${String(number).padStart(2, '0')}</title>${links.join(' ')}`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** When each page was asked for. */
    visits: () => visits,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
