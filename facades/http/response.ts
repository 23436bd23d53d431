import type { Readable } from 'node:stream'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { HttpResponse, HttpTimings } from '../../src/contract/http.ts'
import { collect, peek, streamOf, whole } from './body.ts'
import { asHttpError, HttpStatusError, invalid } from './errors.ts'
import type { Exchange } from './exchange.ts'

const errorBodyBytes = 1_024

/** A response whose headers are there, over the exchange that still carries its body. */
export class Response implements HttpResponse {
  readonly status: number
  readonly timings: HttpTimings
  readonly #exchange: Exchange
  readonly #target: string
  readonly #url: URL
  readonly #bytesMax: number
  #headers: Headers | undefined
  #read = false

  constructor(exchange: Exchange, target: string, url: URL, bytesMax: number, tries: number) {
    this.status = exchange.status
    this.timings = {
      queuedMs: exchange.grantedMs - exchange.startedMs,
      headersMs: exchange.headersMs - exchange.startedMs,
      tries,
    }
    this.#exchange = exchange
    this.#target = target
    this.#url = url
    this.#bytesMax = bytesMax
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get url(): string {
    const url = new URL(this.#url)
    url.username = url.password = ''
    return url.href
  }

  get headers(): Headers {
    this.#headers ??= headersOf(this.#exchange)
    return this.#headers
  }

  async json<T = unknown>(): Promise<T> {
    const text = decode(this.#now() ?? (await this.#later()))
    try {
      return JSON.parse(text) as T
    } catch (error) {
      const start = JSON.stringify(text.slice(0, 200))
      throw new FiberWorkError('FW_HTTP_NOT_JSON', `${this.#target}: the body is not JSON: ${start}`, { cause: error })
    }
  }

  async text(): Promise<string> {
    return decode(this.#now() ?? (await this.#later()))
  }

  async bytes(): Promise<Buffer> {
    return this.#now() ?? (await this.#later())
  }

  /** The body, if it is there in one piece, as most are. */
  #now(): Buffer | undefined {
    this.#claim()
    return whole(this.#exchange, this.#bytesMax)
  }

  async #later(): Promise<Buffer> {
    try {
      return await collect(this.#exchange, this.#target, this.#bytesMax)
    } catch (error) {
      throw asHttpError(this.#target, error)
    }
  }

  stream(): Readable {
    this.#claim()
    return streamOf(this.#exchange)
  }

  discard(): void {
    if (this.#read) return
    this.#read = true
    this.#exchange.discard()
  }

  throw(): this {
    if (this.ok) return this
    const body = peek(this.#exchange, errorBodyBytes)
    this.discard()
    throw new HttpStatusError(this.#target, this.status, body)
  }

  #claim(): void {
    if (this.#read) throw invalid(`${this.#target}: the body was read or discarded before; keep what you read.`)
    this.#read = true
  }
}

/** UTF-8, without a byte order mark. */
function decode(bytes: Buffer): string {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return bytes.toString('utf8', marked ? 3 : 0)
}

function headersOf(exchange: Exchange): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (Array.isArray(value)) for (const one of value) headers.append(name, one)
    else if (value !== undefined) headers.append(name, value)
  }
  return headers
}
