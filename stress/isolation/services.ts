import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer as createLineServer, type Server, type Socket } from 'node:net'

const lineDelayMs = 3

/** Two services on 127.0.0.1 that give back what they are given: so that whoever gets another's answer sees it. */
export class EchoServices implements AsyncDisposable {
  readonly #http: HttpServer
  readonly #lines: Server
  readonly #sockets = new Set<Socket>()
  /** Paths that were asked for, and how often. */
  readonly asked = new Map<string, number>()

  private constructor() {
    this.#http = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void bodyOf(request).then((body) => {
        const path = request.url ?? '/'
        this.asked.set(path, (this.asked.get(path) ?? 0) + 1)
        if (path === '/asked') return response.end(JSON.stringify(Object.fromEntries(this.asked)))
        if (path.startsWith('/slow')) return setTimeout(() => response.end('slow'), 1_000)
        if (path.startsWith('/big')) return response.end('x'.repeat(200_000))
        return response.end(body)
      })
    })
    this.#lines = createLineServer((socket) => {
      this.#sockets.add(socket.on('close', () => this.#sockets.delete(socket)))
      socket.on('error', () => {}).on('data', (line) => void setTimeout(() => socket.write(line), lineDelayMs))
    })
  }

  static async start(): Promise<EchoServices> {
    const services = new EchoServices()
    await Promise.all([listening(services.#http), listening(services.#lines)])
    return services
  }

  get httpPort(): number {
    return portOf(this.#http)
  }
  get linePort(): number {
    return portOf(this.#lines)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([this.#http, this.#lines].map((server) => new Promise((closed) => server.close(closed))))
  }
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1_024 }, () => resolve())
  })
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  // A client that goes away in the middle is no matter of ours.
  try {
    for await (const chunk of request) body += String(chunk)
  } catch {}
  return body
}
