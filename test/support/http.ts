import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import type { StoredJob } from '../../src/contract/job.ts'
import type { Receipt } from '../../src/contract/verdict.ts'
import { Fiber } from '../../src/sandbox/fiber.ts'
import { storage } from '../../src/sandbox/storage.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => unknown

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  origin: string
  /** `METHOD /path` of each request that came. */
  requests: string[]
  /** Connections that were made to it, and those open at most at once. */
  connections: { count: number; open: number; peak: number }
  server: Server
}

/** A real HTTP server on a free port of 127.0.0.1; it reads the whole request body first. */
export async function serve(answer: Answer): Promise<TestServer> {
  const requests: string[] = []
  const connections = { count: 0, open: 0, peak: 0 }
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('error', () => undefined)
    request.on('end', () => void answer(request, response, body))
  })
  server.on('connection', (socket: Socket) => {
    connections.count++
    connections.peak = Math.max(connections.peak, ++connections.open)
    socket.on('close', () => connections.open--)
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin, requests, connections, server, [Symbol.asyncDispose]: close }
}

/** A server of raw sockets: for what no HTTP server would do. */
export async function serveRaw(
  onSocket: (socket: Socket, index: number) => void,
): Promise<{ origin: string } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    onSocket(socket, count++)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { origin, [Symbol.asyncDispose]: close }
}

/** A running job without an engine. */
export function fiberOf(options: { headers?: Record<string, string>; timeoutMs?: number } = {}): Fiber {
  const { headers = {}, timeoutMs = Infinity } = options
  const job: StoredJob = { id: 'job-1', queue: 'q', name: 'n', priority: 5, headers, body: '{}' }
  const receipt = 'receipt' as unknown as Receipt
  const loan = { receipt, job, attempts: 1, crashes: 0, enqueuedAtMs: 0, waitedMs: 0 }
  return new Fiber(loan, 'worker-1', performance.now(), timeoutMs, 30_000)
}

export function inside<T>(fiber: Fiber, run: () => T): T {
  return storage.run(fiber.handle, run)
}

/** What a promise was rejected with; throws when it was not. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new TypeError('rejected with something that is no Error', { cause: error })
  }
  throw new TypeError('was not rejected')
}

export async function elapsedMs(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

/** Waits until it is true, for at most ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not true: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
