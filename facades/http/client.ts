import { type Env, systemEnv } from '../../src/base/env.ts'
import type {
  HttpClient,
  HttpInterceptor,
  HttpRequest,
  HttpRequestOptions,
  HttpResponse,
} from '../../src/contract/http.ts'
import { Call } from './call.ts'
import { Deadlines } from './deadlines.ts'
import type { Door } from './exchange.ts'
import { mockedDoors } from './mocked.ts'
import { checkOptions, checkRequestOptions, type HttpOptions } from './options.ts'
import { Pool } from './pool.ts'
import { buildRequest, type Defaults, defaultHeaders } from './request.ts'
import { groupOf, loadUndici } from './undici.ts'

/** A client of one's own. Its sockets close by themselves when idle; `close()` closes them now. */
export interface OwnHttpClient extends HttpClient {
  /** Closes its connections; what still runs on them fails. It can be used again. */
  close(): Promise<void>
}

let shared: Pool | undefined

/** `createHttp`, unless somebody brings another way out. */
export class Http implements OwnHttpClient {
  readonly #env: Env
  readonly #options: HttpOptions
  readonly #defaults: Defaults
  readonly #interceptors: readonly HttpInterceptor[]
  #door: Door | undefined

  constructor(options: HttpOptions, door?: Door) {
    this.#door = door
    this.#options = options
    this.#env = options.env ?? systemEnv
    this.#interceptors = options.interceptors ?? []
    this.#defaults = { baseUrl: options.baseUrl?.toString(), headers: defaultHeaders(options.headers) }
  }

  get(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#request('GET', url, options)
  }

  head(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#request('HEAD', url, options)
  }

  post(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#request('POST', url, options)
  }

  put(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#request('PUT', url, options)
  }

  patch(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#request('PATCH', url, options)
  }

  delete(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse> {
    return this.#request('DELETE', url, options)
  }

  request(url: string | URL, options?: HttpRequestOptions & { method?: string }): Promise<HttpResponse> {
    return this.#request(options?.method?.toUpperCase() ?? 'GET', url, options)
  }

  async close(): Promise<void> {
    if (this.#door !== undefined) await this.#door.pool.closeAll(this.#door.group)
  }

  async #request(method: string, url: string | URL, own: HttpRequestOptions = {}): Promise<HttpResponse> {
    const options = checkRequestOptions(own) ? { ...this.#options, ...own } : this.#options
    const built = buildRequest(method, url, own, options, this.#defaults)
    const request = built instanceof Promise ? await built : built
    if (this.#interceptors.length > 0) return checked(await this.#through(request, 0), options)
    // As `#send`, but without one more async function for each request in flight.
    const call = new Call(mockedDoors.here() ?? this.#door ?? (await this.#open()), request)
    let response: HttpResponse
    try {
      response = await call.start()
    } catch (error) {
      throw call.failure(error)
    }
    return checked(response, options)
  }

  async #through(request: HttpRequest, index: number): Promise<HttpResponse> {
    const interceptor = this.#interceptors[index]
    return interceptor === undefined
      ? this.#send(request)
      : interceptor(request, (next) => this.#through(next, index + 1))
  }

  async #send(request: HttpRequest): Promise<HttpResponse> {
    const call = new Call(mockedDoors.here() ?? this.#door ?? (await this.#open()), request)
    try {
      return await call.start()
    } catch (error) {
      throw call.failure(error)
    }
  }

  async #open(): Promise<Door> {
    const undici = await loadUndici()
    shared ??= new Pool()
    const { connections = Infinity, connectionsPerOrigin = Infinity, keepAliveMs = 4_000 } = this.#options
    const { connectTimeoutMs = 10_000, http2 = false, tls = {} } = this.#options
    const settings = { connections, connectionsPerOrigin, keepAliveMs, connectTimeoutMs, http2, tls }
    const deadlines = new Deadlines(this.#env)
    const group = groupOf(undici, shared, deadlines, settings)
    this.#door ??= { env: this.#env, pool: shared, group, deadlines }
    return this.#door
  }
}

function checked(response: HttpResponse, options: HttpRequestOptions): HttpResponse {
  return options.throwOnError === true ? response.throw() : response
}

/** An HTTP client of one's own: its own defaults, interceptors and connections. Throws `FW_CONFIG_INVALID`. */
export function createHttp(options: HttpOptions = {}): OwnHttpClient {
  checkOptions(options)
  return new Http(options)
}
