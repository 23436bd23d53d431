import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Somebody else's server. `moody` says 503 to the first try of each event; `gone` always says 410. */
export async function openReceiver(name: 'prompt' | 'moody' | 'gone') {
  const tried = new Set<unknown>()
  const delivered = new Set<unknown>()
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    const event = request.headers['idempotency-key']
    const first = !tried.has(event)
    tried.add(event)
    if (name === 'gone') response.writeHead(410)
    else if (name === 'moody' && first) response.writeHead(503, { 'retry-after': '1' })
    else delivered.add(event) // a set: what comes twice counts once
    request.resume().once('end', () => response.end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests: () => requests,
    events: () => delivered.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
