import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

const types = ['PushEvent', 'PushEvent', 'PushEvent', 'PullRequestEvent', 'IssuesEvent', 'WatchEvent', 'ForkEvent']

/** An archive on this machine: `/2026-01-01-0.json.gz` and so on, each hour gzipped lines of JSON. One hour is missing. */
export async function openArchive({ eventsAnHour, missing }: { eventsAnHour: number; missing: string }) {
  const server = createServer((request, response) => {
    const hour = /^\/(.+)\.json\.gz$/.exec(request.url ?? '')?.[1]
    if (hour === undefined || hour === missing) return response.writeHead(404).end()
    const events = Array.from({ length: eventsAnHour }, (_, id) => ({
      id: `${hour}/${id}`,
      type: types[(id * 31) % types.length],
      repo: { name: `octo/repo-${id % 17}` },
      created_at: new Date(Date.UTC(2026, 0, 1) + id * 1_000).toISOString(),
    }))
    return response.end(gzipSync(events.map((event) => `${JSON.stringify(event)}\n`).join('')))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
