import type { IncomingMessage, ServerResponse } from 'node:http'
import { FiberWorkError } from '../../contract/errors.ts'
import { problemOf, problemType } from '../problem.ts'
import { checkedOptions, type DashboardOptions } from './options.ts'
import type { Mounted } from './world.ts'

/** What is used of the fastify that a dashboard is mounted in. */
export interface HostFastify {
  prefix: string
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    parser: (request: never, payload: never, done: (error: Error | null) => void) => void,
  ): unknown
  all(path: string, handler: (request: HostRequest, reply: HostReply) => void): unknown
}

interface HostRequest {
  raw: IncomingMessage
}

interface HostReply {
  raw: ServerResponse
  hijack(): unknown
}

/** The dashboard and the API as a part of another server. */
export interface FiberWorkDashboard {
  /** For `node:http` and express. What is not below `basePath` is left to `next`; without one it is answered 404. */
  handler: (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void
  /** For `app.register` of fastify, with the prefix `basePath` or with none. */
  fastify: (instance: HostFastify) => Promise<void>
  /** Ends what is under way, and the connection to the store if it was made here. */
  close(): Promise<void>
}

/**
 * The web page and the HTTP API of a store inside of a server of yours. It reaches the store with the first request.
 *
 * @throws {FiberWorkError} `FW_CONFIG_INVALID`: neither or both of `client` and `url`, or of `authorize` and `tokens`; a `basePath` that is none.
 *
 * @example
 * const dashboard = fiberWorkDashboard({
 *   url: 'redis://127.0.0.1',
 *   basePath: '/jobs-ui',
 *   authorize: (request) => (isStaff(request) ? { name: 'ada', role: 'operate' } : undefined),
 * })
 * app.use(dashboard.handler)
 */
export function fiberWorkDashboard(options: DashboardOptions): FiberWorkDashboard {
  const checked = checkedOptions(options)
  const { base, onError } = checked
  let opening: Promise<Mounted> | undefined
  let isClosed = false
  const opened = () =>
    (opening ??= import('./world.ts')
      .then(({ openMounted }) => openMounted(checked))
      .catch((error: unknown) => {
        // The next request tries again.
        opening = undefined
        throw error
      }))
  const serve = (request: IncomingMessage, response: ServerResponse, path: string) => {
    opened().then(
      ({ app }) => {
        request.url = path
        app.routing(request, response)
      },
      (error: unknown) => {
        onError(error)
        refuse(response)
      },
    )
  }
  const handler: FiberWorkDashboard['handler'] = (request, response, next) => {
    const path = isClosed ? undefined : pathBelow(base, urlOf(request))
    if (path !== undefined) return serve(request, response, path)
    if (next !== undefined) return next()
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('There is nothing here.\n')
  }
  return {
    handler,
    async fastify(instance) {
      // Bodies are read by our own.
      instance.removeAllContentTypeParsers()
      instance.addContentTypeParser('*', (_request, _payload, done) => done(null))
      const own = instance.prefix === base ? '' : base
      const take = (request: HostRequest, reply: HostReply) => {
        reply.hijack()
        handler(request.raw, reply.raw)
      }
      if (base !== '') instance.all(own, take)
      instance.all(`${own}/*`, take)
    },
    async close() {
      isClosed = true
      await opening?.then(
        ({ close }) => close(),
        () => undefined,
      )
    },
  }
}

/** As the browser has asked: express takes away the path below which it has mounted something. */
function urlOf(request: IncomingMessage): string {
  return (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/'
}

/** What stands below the base; undefined where that is elsewhere. */
function pathBelow(base: string, url: string): string | undefined {
  if (!url.startsWith(base)) return undefined
  const rest = url.slice(base.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : undefined
}

/** Why, is nothing for whoever asks: nobody knows yet who that is. */
function refuse(response: ServerResponse): void {
  const problem = problemOf(new FiberWorkError('FW_API_STARTING', 'The store cannot be reached.'))
  response.writeHead(problem.status, { 'content-type': problemType, 'cache-control': 'no-store' })
  response.end(JSON.stringify(problem))
}
