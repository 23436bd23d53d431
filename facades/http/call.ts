import type { Dispatcher } from 'undici'
import { emit } from '../../src/base/emit.ts'
import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { HttpRequest } from '../../src/contract/http.ts'
import { type FacadeCall, openCall } from '../../src/sandbox/call.ts'
import type { Stop } from '../../src/sandbox/fiber.ts'
import { asHttpError, codeOf, targetOf } from './errors.ts'
import { Exchange, type Try } from './exchange.ts'
import type { Group } from './line.ts'
import type { Pool } from './pool.ts'
import { redirected } from './redirect.ts'
import { Response } from './response.ts'
import { isRepeatable, retryDelayMs } from './retry.ts'

const timeoutMsDefault = 30_000
const bytesMaxDefault = 16 * 1_048_576
/** A connection that its server closes under a request is replaced at once, this often. */
const staleMax = 3
const staleCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** The process's side of a call. */
export interface Door {
  env: Env
  pool: Pool
  group: Group
}

/** One call: its tries, its redirects, and what its job has to do with it. */
export class Call implements Try {
  readonly env: Env
  readonly pool: Pool
  readonly group: Group
  readonly timeoutMs: number
  target: string
  origin: string
  request: Dispatcher.DispatchOptions
  readonly #facade: FacadeCall | undefined
  readonly #signal: AbortSignal | undefined
  readonly #startedMs: number
  #http: HttpRequest
  #exchange: Exchange | undefined
  /** The one whose response the caller has. */
  #returned: Exchange | undefined
  #tries = 0
  #stale = 0
  #redirects = 0
  #stopped: { error: unknown } | undefined
  #wake: (() => void) | undefined

  /** Throws `FW_JOB_SETTLED` when the job that asks has ended. */
  constructor(door: Door, http: HttpRequest) {
    this.env = door.env
    this.pool = door.pool
    this.group = door.group
    this.#http = http
    this.#startedMs = door.env.monoMs()
    this.timeoutMs = http.options.timeoutMs ?? timeoutMsDefault
    this.target = targetOf(http.method, http.url)
    this.origin = http.url.origin
    this.#signal = http.options.signal
    this.#facade = openCall(this.target)
    this.request = this.#wire()
  }

  async run(): Promise<Response> {
    this.#listen()
    try {
      for (;;) {
        const response = await this.#once()
        if (response !== undefined) return response
      }
    } catch (error) {
      const shown = this.#stopped === undefined ? asHttpError(this.target, error) : this.#stopped.error
      this.#exchange?.discard()
      this.#end(shown)
      throw shown
    }
  }

  over(exchange: Exchange): void {
    if (exchange === this.#returned) this.#end(exchange.error)
  }

  /** One try: the response to return, or undefined when there is to be another try. */
  async #once(): Promise<Response | undefined> {
    if (this.#stopped !== undefined) throw this.#stopped.error
    const exchange = new Exchange(this)
    this.#exchange = exchange
    this.#tries++
    try {
      await exchange.start()
    } catch (error) {
      if (this.#stopped !== undefined || !(await this.#survives(exchange, error))) throw error
      return undefined
    }
    const next = redirected(this.#http, exchange, this.#redirects)
    if (next !== undefined) {
      exchange.discard()
      this.#redirect(next)
      return undefined
    }
    const retryAfter = exchange.headers['retry-after']
    const again = exchange.status >= 400 && this.#delay(exchange.status, String(retryAfter ?? ''), undefined)
    if (again !== false && again !== undefined) {
      exchange.discard()
      await this.#pause(again)
      return undefined
    }
    return this.#return(exchange)
  }

  #return(exchange: Exchange): Response {
    this.#returned = exchange
    if (exchange.done) this.#end(exchange.error)
    const bytesMax = this.#http.options.bytesMax ?? bytesMaxDefault
    return new Response(exchange, this.target, this.#http.url, bytesMax, this.#tries)
  }

  /** A failed try is to be followed by another one, at once or after a pause. */
  async #survives(exchange: Exchange, error: unknown): Promise<boolean> {
    // Closed by its server just as the request was sent: nothing is wrong with either, so it does not count as a try.
    if (exchange.reused && staleCodes.has(codeOf(error)) && this.#stale < staleMax && isRepeatable(this.#http)) {
      this.#stale++
      this.#tries--
      return true
    }
    const delayMs = this.#delay(undefined, undefined, asHttpError(this.target, error))
    if (delayMs === undefined) return false
    await this.#pause(delayMs)
    return true
  }

  #delay(status: number | undefined, retryAfter: string | undefined, error: unknown): number | undefined {
    const deadline = this.#facade?.fiber.deadlineMonoMs
    const remainingMs = deadline === undefined ? undefined : deadline - this.env.monoMs()
    return retryDelayMs(this.#http, { tries: this.#tries, status, retryAfter, error }, this.env, remainingMs)
  }

  /** Sleep, unless stopped. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.env.setTimer(resolve, delayMs)
      this.#wake = () => {
        this.env.clearTimer(timer)
        resolve()
      }
    })
  }

  #redirect(next: HttpRequest): void {
    this.#redirects++
    this.#tries = 0
    this.#http = next
    this.target = targetOf(next.method, next.url)
    this.origin = next.url.origin
    this.request = this.#wire()
  }

  /** The request as undici takes it. */
  #wire(): Dispatcher.DispatchOptions {
    const { method, url, body } = this.#http
    let { headers } = this.#http
    const trace = this.#facade?.traceparent
    if (trace !== undefined && headers['traceparent'] === undefined) {
      headers = { ...headers, traceparent: trace }
      const state = this.#facade?.tracestate
      if (state !== undefined) headers['tracestate'] = state
    }
    return { path: url.pathname + url.search, method, headers, body: (body ?? null) as string | null }
  }

  #listen(): void {
    const facade = this.#facade
    if (facade !== undefined) {
      if (facade.fiber.stop === undefined) facade.onStop = (stop) => this.#stop(reasonOf(stop, this.target))
      else this.#stop(facade.fiber.stop.error)
    }
    const signal = this.#signal
    if (signal === undefined) return
    if (signal.aborted) this.#stop(signal.reason)
    else signal.addEventListener('abort', this.#aborted, { once: true })
  }

  readonly #aborted = () => this.#stop(this.#signal?.reason)

  #stop(error: unknown): void {
    this.#stopped ??= { error }
    this.#exchange?.abort(error)
    this.#wake?.()
  }

  #end(error: unknown): void {
    const facade = this.#facade
    // At the job's end the call stays open in its books: that is how it is seen as a zombie.
    if (facade !== undefined && !facade.fiber.settled) facade.end()
    this.#signal?.removeEventListener('abort', this.#aborted)
    emit('http.ended', () => ({
      job: facade?.fiber.loan.job.id,
      method: this.#http.method,
      origin: this.origin,
      status: this.#exchange?.answered === true ? this.#exchange.status : undefined,
      ms: this.env.monoMs() - this.#startedMs,
      tries: this.#tries,
      error,
    }))
  }
}

function reasonOf(stop: Stop, target: string): unknown {
  if (stop.kind !== 'settled') return stop.error
  return new FiberWorkError('FW_JOB_SETTLED', `${target} was still open when its job ended; await what a handler starts.`)
}
