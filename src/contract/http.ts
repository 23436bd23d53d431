import type { Readable } from 'node:stream'
import type { Backoff } from './backoff.ts'
import type { UpstreamMode } from './upstream.ts'

/** Names are case-insensitive. `undefined` leaves a header out, also one that the client sends by default. */
export type HttpHeaders = Headers | Record<string, string | number | readonly string[] | undefined>

type Scalar = string | number | boolean | null | undefined

/** `null` and `undefined` are left out; an array repeats its name. */
export type HttpQuery = URLSearchParams | Record<string, Scalar | readonly Scalar[]>

/**
 * Sent as it is. A stream is read once: such a request is neither retried nor sent on by a redirect that keeps the method.
 * (A Node `Readable` and a web `ReadableStream` are both async iterables.)
 */
export type HttpBody = string | Uint8Array | AsyncIterable<Uint8Array | string>

export interface HttpRetry {
  /** How often to try in all, the first included. Default 3. */
  attempts?: number
  /** Default: exponential from 200 ms up to 10 s, full jitter. `Retry-After` of the answer goes before it. */
  backoff?: Backoff
  /** Default: GET, HEAD, OPTIONS, PUT, DELETE, TRACE. Any method is retried when it carries an `Idempotency-Key`. */
  methods?: readonly string[]
  /** Statuses to retry. Default: 408, 425, 429, 502, 503, 504. After the last try the response is what is returned. */
  statuses?: readonly number[]
  /** Retry after a timeout as well. Default false. */
  timeouts?: boolean
  /** A longer `Retry-After` is not waited for: the response is returned. Default 30 s; never more than what is left of the job. */
  retryAfterMsMax?: number
}

/** What one request may say; a client has the same as its defaults. */
export interface HttpRequestOptions {
  /** At most one of `json`, `form` and `body`. `json` sets the content type and is written by `JSON.stringify`. */
  json?: unknown
  /** A record or URLSearchParams: urlencoded. FormData: multipart. */
  form?: Record<string, Scalar> | URLSearchParams | FormData
  body?: HttpBody
  headers?: HttpHeaders
  /** Added to the query that the URL already has. */
  query?: HttpQuery
  /** For one try, from asking for a socket to the last byte of the body. Default 30 s; 0 for none. `FW_CALL_TIMEOUT`. */
  timeoutMs?: number
  /** A number is the attempts; `false` is one attempt. */
  retry?: HttpRetry | number | false
  /** The largest body that `json`, `text` and `bytes` read, packed or unpacked. Default 16 MiB. `FW_HTTP_TOO_LARGE`. */
  bytesMax?: number
  /** How many redirects to follow. Default 5; 0 returns the redirect itself. */
  redirects?: number
  /** Throw `FW_HTTP_STATUS` by itself unless the status is 2xx. Default false: look at `ok`, or call `throw()`. */
  throwOnError?: boolean
  /** When the service has said that it wants no more calls for now: `release` (default), `wait` or `ignore`. */
  upstream?: UpstreamMode
  /** Ends the request, besides the job's own signal, which needs no mention. */
  signal?: AbortSignal
}

/** What an interceptor sees and may change. */
export interface HttpRequest {
  method: string
  url: URL
  /** Lower-case names. */
  headers: Record<string, string | string[]>
  body: HttpBody | undefined
  /** What the call and the client's defaults say, merged. */
  readonly options: Readonly<HttpRequestOptions>
}

/** Around one call, retries and redirects included: it may change the request, answer itself, or call `next` again. */
export type HttpInterceptor = (
  request: HttpRequest,
  next: (request: HttpRequest) => Promise<HttpResponse>,
) => HttpResponse | Promise<HttpResponse>

/** Milliseconds of the last try. */
export interface HttpTimings {
  /** Waiting for a free socket. */
  queuedMs: number
  /** From the start of the try to the response's headers. */
  headersMs: number
  /** How many tries it took. */
  tries: number
}

/**
 * A response whose headers are there. Its body belongs to one reader. A small body that nobody reads costs nothing; of a larger
 * one the connection is closed when the job ends or the timeout passes: read it, or `discard()` it.
 */
export interface HttpResponse {
  readonly status: number
  /** The status is 2xx. */
  readonly ok: boolean
  readonly headers: Headers
  /** Where the response came from, after redirects; without user and password. */
  readonly url: string
  readonly timings: HttpTimings
  /** Throws `FW_HTTP_NOT_JSON`, with the start of the body. */
  json<T = unknown>(): Promise<T>
  text(): Promise<string>
  bytes(): Promise<Uint8Array>
  /** The body as it comes, without `bytesMax`. The timeout still counts. */
  stream(): Readable
  /** Not interested in the body. */
  discard(): void
  /**
   * Throws `FW_HTTP_STATUS` with the status and the start of the body, unless the status is 2xx; retryable if the status says
   * so (408, 425, 429, 5xx). Otherwise returns the response: `(await Http.get(url)).throw().json()`.
   */
  throw(): this
}

/**
 * The door to HTTP. Inside a job each call has the job's signal and trace context, and fails with `FW_JOB_SETTLED` once the job has
 * ended. Statuses are not errors. A call throws `FW_HTTP_FAILED`, `FW_CALL_TIMEOUT`, `FW_HTTP_INVALID`, or why the job was stopped.
 */
export interface HttpClient {
  get(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  head(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  post(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  put(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  patch(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  delete(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  /** Any method; GET by default. */
  request(url: string | URL, options?: HttpRequestOptions & { method?: string }): Promise<HttpResponse>
}
