// The slow HTTP service: a process of its own, so that what it costs is not measured with the worker. It is started by
// service.ts with its options as JSON, and ends when its parent does.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FromService, refuseHeader, type ServiceOptions, type ServiceStats } from './protocol.ts'

const { ports = 20, latencyMs } = JSON.parse(process.argv[2] ?? '{}') as ServiceOptions
const stats: ServiceStats = { served: 0, refused: 0, openPeak: 0 }
const refusals = new Map<string, number>()
const answer = '{"received":true}'
const answerHead = { 'content-type': 'application/json', 'content-length': answer.length }
let open = 0

function serve(request: IncomingMessage, response: ServerResponse): void {
  const refuse = request.headers[refuseHeader]
  if (refuse !== undefined && mustRefuse(String(refuse))) {
    stats.refused++
    response.writeHead(503, { 'content-length': 0 }).end()
    return
  }
  if (++open > stats.openPeak) stats.openPeak = open
  // One list of equal delays in Node: 10,000 of these timers cost no more than one.
  setTimeout(() => {
    open--
    stats.served++
    response.writeHead(200, answerHead).end(answer)
  }, latencyMs)
}

function mustRefuse(value: string): boolean {
  const colon = value.lastIndexOf(':')
  const key = value.slice(0, colon)
  const before = refusals.get(key) ?? 0
  refusals.set(key, before + 1)
  return before < Number(value.slice(colon + 1))
}

function listen(): Promise<Server> {
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 }, serve)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => resolve(server))
  })
}

const tell = (message: FromService) => void process.send?.(message)

process.on('message', () => tell({ stats }))
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group: the worker drains first, then lets go of us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

Promise.all(Array.from({ length: ports }, listen)).then(
  (servers) => tell({ ports: servers.map((server) => (server.address() as AddressInfo).port) }),
  (error: unknown) => tell({ failed: String(error) }),
)
