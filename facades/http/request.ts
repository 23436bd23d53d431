import { AsyncLocalStorage } from 'node:async_hooks'
import { Readable } from 'node:stream'
import type { HttpBody, HttpHeaders, HttpQuery, HttpRequest, HttpRequestOptions } from '../../src/contract/http.ts'
import { acceptEncoding } from './body.ts'
import { invalid } from './errors.ts'

const builtIn = { 'accept-encoding': acceptEncoding, 'user-agent': 'fiber-work' }

type Headers_ = HttpRequest['headers']

/** What every request of a client starts with. */
export interface Defaults {
  baseUrl: string | undefined
  headers: Headers_
}

/** Everything of a request that does not depend on the network; `options` are its `own` over the client's. Throws `FW_HTTP_INVALID`. */
export function buildRequest(
  method: string,
  url: string | URL,
  own: HttpRequestOptions,
  options: HttpRequestOptions,
  defaults: Defaults,
): HttpRequest | Promise<HttpRequest> {
  const target = parseUrl(url, defaults.baseUrl)
  if (own.query !== undefined) addQuery(target, own.query)
  const headers: Headers_ = { ...defaults.headers }
  if (target.username !== '' || target.password !== '') moveUser(target, headers)
  const body = encodeBody(own, headers)
  if (own.headers !== undefined) addHeaders(headers, own.headers)
  const request = { method, url: target, headers, body, options }
  return own.form instanceof FormData ? multipart(request, own.form) : request
}

/** The headers that every request of a client starts with. */
export function defaultHeaders(own: HttpHeaders | undefined): Headers_ {
  const headers: Headers_ = { ...builtIn }
  if (own !== undefined) addHeaders(headers, own)
  return headers
}

function parseUrl(url: string | URL, base: string | undefined): URL {
  const parsed = typeof url === 'string' ? URL.parse(url, base) : new URL(url)
  if (parsed === null)
    throw invalid(`${JSON.stringify(hideUser(url))} is not a URL; write it like https://host/path, or set \`baseUrl\`.`)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw invalid(`The protocol ${JSON.stringify(parsed.protocol)} cannot be requested; only http: and https: can.`)
  }
  return parsed
}

/** What stands before an `@`, and after a `?`, may be secret, also in what is not a URL. */
function hideUser(url: string | URL): string {
  return String(url)
    .replace(/[?#].*$/s, '')
    .replace(/^.*@/s, '***@')
    .slice(0, 200)
}

function addQuery(url: URL, query: HttpQuery): void {
  const entries = query instanceof URLSearchParams ? query : pairsOf(query)
  for (const [name, value] of entries) url.searchParams.append(name, value)
}

function* pairsOf(record: Exclude<HttpQuery, URLSearchParams>): Generator<[string, string]> {
  for (const [name, value] of Object.entries(record)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const one of values) if (one !== undefined && one !== null) yield [name, String(one)]
  }
}

/** User and password of a URL become an Authorization header: no part of them is ever sent or shown as URL. */
function moveUser(url: URL, headers: Headers_): void {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  headers['authorization'] = `Basic ${Buffer.from(user).toString('base64')}`
  url.username = url.password = ''
}

function addHeaders(into: Headers_, headers: HttpHeaders): void {
  if (headers instanceof Headers) {
    for (const [name, value] of headers) into[name] = value
    return
  }
  for (const name in headers) {
    // Nothing that somebody has put on `Object.prototype` is sent anywhere.
    if (!Object.hasOwn(headers, name)) continue
    const value = headers[name]
    const key = name.toLowerCase()
    if (value === undefined) delete into[key]
    else if (typeof value === 'object') into[key] = [...value]
    else into[key] = String(value)
  }
}

function encodeBody(options: HttpRequestOptions, headers: Headers_): HttpBody | undefined {
  const { json, form, body } = options
  const given = Number(json !== undefined) + Number(form !== undefined) + Number(body !== undefined)
  if (given > 1) throw invalid('A request has at most one of `json`, `form` and `body`.')
  if (json !== undefined) {
    headers['content-type'] = 'application/json'
    return toJson(json)
  }
  if (form !== undefined && !(form instanceof FormData)) {
    headers['content-type'] = 'application/x-www-form-urlencoded'
    return (form instanceof URLSearchParams ? form : new URLSearchParams([...pairsOf(form)])).toString()
  }
  // An iterable runs in the caller's context, not in the one of the connection.
  if (body !== undefined && typeof body === 'object' && !(body instanceof Uint8Array)) return inContext(body)
  return body
}

function toJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw invalid(
      `\`json\` cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
  if (text === undefined) throw invalid(`\`json\` is a ${typeof value}, which JSON cannot hold.`)
  return text
}

async function multipart(request: HttpRequest, form: FormData): Promise<HttpRequest> {
  const encoded = new Response(form)
  request.headers['content-type'] = encoded.headers.get('content-type') ?? 'multipart/form-data'
  request.body = new Uint8Array(await encoded.arrayBuffer())
  return request
}

/** A body that is read once. */
interface Source extends AsyncIterable<Uint8Array | string> {
  /** It will not be read any more. */
  destroy(): void
}

function inContext(body: AsyncIterable<Uint8Array | string>): Source {
  if (!(Symbol.asyncIterator in body)) throw invalid('`body` must be a string, bytes, a stream or an async iterable.')
  const inside = AsyncLocalStorage.snapshot()
  return {
    [Symbol.asyncIterator]() {
      const iterator = inside(() => body[Symbol.asyncIterator]())
      return {
        next: () => inside(() => iterator.next()),
        return: async () => inside(() => iterator.return?.() ?? { done: true, value: undefined }),
      }
    },
    destroy() {
      if (body instanceof Readable) body.destroy()
      else if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => undefined)
    },
  }
}

/** The request failed: a stream that it was to send is closed, also if it was never begun. */
export function destroyBody(body: HttpBody | undefined): void {
  if (typeof body === 'object' && 'destroy' in body && typeof body.destroy === 'function') body.destroy()
}
