import { FiberWorkError } from '../../src/contract/errors.ts'
import type { HttpRequest } from '../../src/contract/http.ts'
import { targetOf } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { isReplayable } from './retry.ts'

export const redirectsDefault = 5

/** All that another origin gets to see: whatever else a client sends may be a secret under a name of its own. */
const harmless = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'traceparent',
  'tracestate',
  'user-agent',
])

/** The request that follows a redirect; undefined if the response is none, or is the caller's to handle. */
export function redirected(request: HttpRequest, exchange: Exchange, followed: number): HttpRequest | undefined {
  const { status } = exchange
  if (status !== 301 && status !== 302 && status !== 303 && status !== 307 && status !== 308) return undefined
  const max = request.options.redirects ?? redirectsDefault
  const location = exchange.headers['location']
  if (typeof location !== 'string' || max === 0) return undefined
  const target = targetOf(request.method, request.url)
  if (followed >= max) throw refused(`${target} was redirected more than ${max} times (\`redirects\`).`)
  const url = URL.parse(location, request.url.href)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw refused(`${target} was redirected to something that is not an http or https URL.`)
  }
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(`${target} was redirected from https to http (${url.origin}), which is not followed.`)
  }
  return follow(request, url, status)
}

function follow(request: HttpRequest, url: URL, status: number): HttpRequest | undefined {
  const becomesGet = status === 303 ? request.method !== 'HEAD' : status < 303 && request.method === 'POST'
  if (!becomesGet && !isReplayable(request)) return undefined
  url.username = url.password = ''
  if (url.hash === '') url.hash = request.url.hash
  const same = url.origin === request.url.origin
  const kept = Object.entries(request.headers).filter(
    ([name]) => (same || harmless.has(name)) && !(becomesGet && name.startsWith('content-')) && name !== 'host',
  )
  return {
    method: becomesGet ? 'GET' : request.method,
    url,
    headers: Object.fromEntries(kept),
    body: becomesGet ? undefined : request.body,
    options: request.options,
  }
}

function refused(message: string): FiberWorkError {
  return new FiberWorkError('FW_HTTP_FAILED', message, { retryable: false })
}
