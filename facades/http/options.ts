import type { ConnectionOptions } from 'node:tls'
import type { Env } from '../../src/base/env.ts'
import { nearest } from '../../src/base/nearest.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { HttpInterceptor, HttpRequestOptions } from '../../src/contract/http.ts'

/** Defaults for every request of a client, and how it connects. */
export interface HttpOptions extends Omit<HttpRequestOptions, 'json' | 'form' | 'body' | 'query' | 'signal'> {
  /** What relative URLs are relative to, as in `new URL(url, baseUrl)`: end it with a slash to keep its whole path. */
  baseUrl?: string | URL
  /** Around every call, the first one outermost. */
  interceptors?: readonly HttpInterceptor[]
  /** The most sockets of this client. Default: as many as the process may have. */
  connections?: number
  /** The most sockets to one origin. Default: no limit of its own. */
  connectionsPerOrigin?: number
  /** How long an idle connection is kept, unless its server says less. Default 4 s. */
  keepAliveMs?: number
  /** Default 10 s. `FW_CALL_TIMEOUT`. */
  connectTimeoutMs?: number
  /**
   * Speak HTTP/2 where an https server offers it: a hundred requests share a connection. `cleartext`: always, to http
   * servers known to speak it. Default false.
   */
  http2?: boolean | 'cleartext'
  /** For https: `ca`, `cert`, `key`, `rejectUnauthorized`, `servername`, … as in `tls.connect`. */
  tls?: ConnectionOptions
  /** Clock, timers and randomness. Default: the system's. */
  env?: Env
}

const counts = ['connections', 'connectionsPerOrigin', 'keepAliveMs', 'connectTimeoutMs'] as const
const amounts = ['timeoutMs', 'bytesMax', 'redirects'] as const
const shared = [...amounts, 'headers', 'retry', 'throwOnError', 'upstream']
const upstreamModes = ['release', 'wait', 'ignore']
const ofClient = new Set([...shared, ...counts, 'baseUrl', 'interceptors', 'http2', 'tls', 'env'])
const content = new Set(['json', 'form', 'body', 'query', 'headers', 'method'])
const ofRequest = new Set([...shared, ...content, 'signal'])

/** Throws `FW_CONFIG_INVALID` for an unknown option, or a value that is not allowed. */
export function checkOptions(options: HttpOptions): void {
  for (const name of Object.keys(options)) if (!ofClient.has(name)) throw unknown('createHttp', name, ofClient)
  for (const name of counts) checkNumber(name, options[name], 1)
  for (const name of amounts) checkNumber(name, options[name], 0)
  const { baseUrl, http2, upstream } = options
  checkUpstream(upstream)
  if (baseUrl !== undefined && !URL.canParse(String(baseUrl)))
    throw wrong('`baseUrl` is not an absolute URL, like https://host/path/.')
  if (http2 !== undefined && typeof http2 !== 'boolean' && http2 !== 'cleartext') {
    throw wrong(`\`http2\` is ${JSON.stringify(http2)}; it can be true, false or "cleartext".`)
  }
}

/** The same for the names in the options of one request; answers whether they say more than what to send. */
export function checkRequestOptions(options: HttpRequestOptions): boolean {
  let more = false
  for (const name in options) {
    if (content.has(name)) continue
    if (!ofRequest.has(name)) {
      // What somebody has put on `Object.prototype` is none of this caller's.
      if (!Object.hasOwn(options, name)) continue
      throw unknown('A request', name, ofRequest)
    }
    if (name === 'upstream') checkUpstream(options.upstream)
    more = true
  }
  return more
}

function unknown(who: string, name: string, known: Set<string>): FiberWorkError {
  const meant = nearest(name, known)
  return wrong(`${who} has no option \`${name}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}.`)
}

function checkUpstream(upstream: unknown): void {
  if (upstream === undefined || upstreamModes.includes(upstream as string)) return
  throw wrong(`\`upstream\` is ${JSON.stringify(upstream)}; it can be ${upstreamModes.join(', ')}.`)
}

function checkNumber(name: string, value: unknown, min: number): void {
  if (value === undefined || value === Infinity) return
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min) {
    throw wrong(`\`${name}\` is ${JSON.stringify(value)}; it must be a whole number of at least ${min}.`)
  }
}

function wrong(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
