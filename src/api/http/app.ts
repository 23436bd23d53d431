import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { FiberWorkError, isFiberWorkError } from '../../contract/errors.ts'
import { type Env, systemEnv } from '../../base/env.ts'
import { plain } from '../../base/text.ts'
import { CallerGone, InvalidRequest, problemOf, problemType } from '../problem.ts'
import { refuseBroken } from './broken.ts'
import { type Address, isOurHost } from './address.ts'
import { waitForHandlers } from './at-work.ts'
import { Heavy, leave } from './heavy.ts'
import { tooComplex } from './json-depth.ts'
import { isForeign } from './origin.ts'

const bodyBytesMax = 1024 * 1024
const headerBytesMax = 16 * 1024
/** An id of 255 characters, each of them three bytes and each byte written as `%XX`. */
const paramCharsMax = 2_500
const retryAfterSeconds = '1'
/** Less than what a supervisor waits for a process to end. */
const usualCloseMs = 10_000
const usualDeadlines = { headersMs: 10_000, requestMs: 30_000, lookMs: 2_000 }

export interface AppOptions {
  address: Address
  /** Names by which it may be called besides its address. */
  hosts: readonly string[]
  behindProxy: boolean
  tls?: { cert: string; key: string }
  /** How long a request may take to arrive, and how often that is looked at, in milliseconds. */
  deadlines?: { headersMs: number; requestMs: number; lookMs: number }
  /** An error that is nobody's fault but ours. */
  failed: (error: unknown) => void
  env?: Env
  /** How long closing waits for handlers that are at work, in milliseconds; 10 s by default. */
  closeMs?: number | undefined
}

/** A server with nothing in it yet but its limits, and what is checked of every request. */
export function makeApp(options: AppOptions): FastifyInstance {
  const { address, hosts, behindProxy, tls, deadlines = usualDeadlines, env = systemEnv } = options
  const server = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: deadlines.headersMs,
    connectionsCheckingInterval: deadlines.lookMs,
  }
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: deadlines.requestMs,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    trustProxy: behindProxy,
    clientErrorHandler: refuseBroken,
    routerOptions: { maxParamLength: paramCharsMax },
    // What cannot even be routed.
    frameworkErrors: (error, request, reply) => sendProblem(ours(error), request, reply as never, options),
    ...(tls === undefined ? { http: server } : { https: { ...server, ...tls } }),
  }) as unknown as FastifyInstance
  waitForHandlers(app, env, options.closeMs ?? usualCloseMs, options.failed)
  // Most requests are addressed as the one before.
  let ourHost: string | undefined
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    const { host, origin } = request.headers
    const isAsBefore = host !== undefined && host === ourHost
    if (!isAsBefore && !isOurHost(host, address, hosts)) {
      throw new FiberWorkError(
        'FW_API_HOST',
        `${JSON.stringify(plain(host ?? '').slice(0, 100))} is no name of this server.`,
      )
    }
    ourHost = host
    const fetchSite = request.headers['sec-fetch-site'] as string | undefined
    if (isForeign({ host, origin, fetchSite }) && !isLinkToPage(request)) {
      throw new FiberWorkError('FW_API_ORIGIN', 'A page of another site may not call this API.')
    }
    if (request.headers['content-encoding'] !== undefined) {
      throw new FiberWorkError('FW_API_MEDIA_TYPE', 'Compressed bodies are not read here.')
    }
    done()
  })
  readJson(app, env)
  app.setErrorHandler((error, request, reply) => sendProblem(ours(error), request, reply, options))
  return app
}

/** Somebody has followed a link to the web page, which is the same for all. */
function isLinkToPage({ headers, routeOptions }: FastifyRequest): boolean {
  const isNavigation = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return isNavigation && routeOptions.config.page === true
}

/** JSON of whatever kind, if it is not too deep; `__proto__` in it is refused. */
function readJson(app: FastifyInstance, env: Env): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const heavy = new Heavy(env, bodyBytesMax)
  app.removeAllContentTypeParsers()
  const types = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json']
  app.addContentTypeParser(types, { parseAs: 'string' }, (request, body, done) => {
    const text = body as string
    if (text === '') return done(null, undefined)
    const why = tooComplex(text)
    if (why !== undefined)
      return done(new FiberWorkError('FW_API_TOO_LARGE', `The body is refused: ${why}.`), undefined)
    heavy.enter(request, text, (read) => void parse(request, text, read), done)
  })
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, { failed }: AppOptions): void {
  const problem = problemOf(error)
  if (problem.status === 500 && !(error instanceof CallerGone)) failed(error)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', retryAfterSeconds)
  // What was not read of the request would be taken for the next one.
  if (problem.status === 413) reply.header('connection', 'close')
  leave(request)
  void reply.code(problem.status).type(problemType).send(JSON.stringify(problem))
}

/** What fastify says, in our words. */
function ours(error: unknown): unknown {
  if (isFiberWorkError(error)) return error
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new FiberWorkError('FW_API_TOO_LARGE', 'The body is larger than this operation takes.')
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new FiberWorkError('FW_API_MEDIA_TYPE', 'The body has to be JSON, and to say so (content-type).')
  }
  if (statusCode === 400)
    return new InvalidRequest([{ path: 'body', message: plain(message ?? 'it cannot be read').slice(0, 200) }])
  if (statusCode !== undefined && statusCode > 400 && statusCode < 500) {
    return new InvalidRequest([{ path: '', message: plain(message ?? '').slice(0, 200) }])
  }
  return error
}
