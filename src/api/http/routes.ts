import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Api } from '../api.ts'
import type { Caller } from '../auth/caller.ts'
import type { AnyOperation, Asked } from '../operation.ts'
import { operations } from '../operations/index.ts'
import { checked, perform } from '../perform.ts'
import { CallerGone } from '../problem.ts'
import type { Credentials, Door } from './authenticate.ts'
import { sessionIdIn, sessionPath } from './cookie.ts'
import { leave } from './heavy.ts'
import { isOwnPage } from './origin.ts'

const passedOn = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const

/** Every operation as a route. `api` throws `FW_API_STARTING` while there is no store yet. */
export function addRoutes(app: FastifyInstance, door: Door, api: () => Api): void {
  const waiting = new Set<() => void>()
  for (const operation of operations) addRoute(app, operation, door, api, waiting)
  app.addHook('preClose', async () => {
    for (const cut of waiting) cut()
  })
  const session = (['POST', 'DELETE'] as const).map((method) => ({ method, path: sessionPath }))
  const paths = [...operations, ...session].map(({ path, method }) => ({
    method,
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const allowed = paths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (allowed.length === 0) throw new FiberWorkError('FW_API_NOT_FOUND', 'There is no such path here.')
    reply.header('allow', [...new Set(allowed)].join(', '))
    throw new FiberWorkError('FW_API_METHOD', `This path takes ${[...new Set(allowed)].join(', ')}.`)
  })
}

function addRoute(
  app: FastifyInstance,
  operation: AnyOperation,
  door: Door,
  api: () => Api,
  waiting: Set<() => void>,
): void {
  const { method, path, bodyBytesMax, statusOf } = operation
  app.route({
    method,
    url: path.replace(/\{([^}]+)\}/g, ':$1'),
    ...(bodyBytesMax !== undefined && { bodyLimit: bodyBytesMax }),
    handler: async (request, reply) => {
      const known = callerOf(request, door)
      const caller = known instanceof Promise ? await known : known
      const { params, query, body } = checked(operation, {
        params: request.params,
        query: request.query,
        body: request.body,
      })
      const asked = new HttpAsked(params, query, body, caller, request, reply, waiting)
      const answer = await perform(api(), operation, asked)
      leave(request)
      reply.code(statusOf?.(answer as never) ?? 200).type('application/json; charset=utf-8')
      return JSON.stringify(answer)
    },
  })
}

export function callerOf(request: FastifyRequest, door: Door): Caller | Promise<Caller> {
  return door.caller(credentialsOf(request))
}

export function credentialsOf({ headers, ip, method, raw }: FastifyRequest): Credentials {
  const { host, origin, authorization, cookie } = headers
  const fetchSite = headers['sec-fetch-site'] as string | undefined
  return {
    authorization,
    session: sessionIdIn(cookie),
    mayUseCookie: method === 'GET' || method === 'HEAD' || isOwnPage({ host, origin, fetchSite }),
    address: ip,
    forwarded: passedOn.some((name) => headers[name] !== undefined),
    raw,
  }
}

/** Most operations ask for no signal: it is made for those that do. */
class HttpAsked implements Asked<unknown, unknown, unknown> {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly caller: Caller
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #waiting: Set<() => void>
  #gone: AbortController | undefined

  constructor(
    params: unknown,
    query: unknown,
    body: unknown,
    caller: Caller,
    request: FastifyRequest,
    reply: FastifyReply,
    waiting: Set<() => void>,
  ) {
    this.params = params
    this.query = query
    this.body = body
    this.caller = caller
    this.#request = request
    this.#reply = reply
    this.#waiting = waiting
  }

  get headers(): Readonly<Record<string, string | undefined>> {
    return this.#request.headers as Record<string, string | undefined>
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController()
      this.#gone = gone
      const { raw } = this.#reply
      // The server closes: whoever waits is cut off, also where the connections are another server's.
      const cut = () => raw.destroy()
      this.#waiting.add(cut)
      raw.once('close', () => {
        this.#waiting.delete(cut)
        gone.abort(new CallerGone())
      })
    }
    return this.#gone.signal
  }
}
