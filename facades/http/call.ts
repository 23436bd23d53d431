import type { Dispatcher } from 'undici'
import { emit } from '../../src/base/emit.ts'
import type { CallSpan } from '../../src/base/tracing.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { HttpRequest } from '../../src/contract/http.ts'
import { type FacadeCall, openCall } from '../../src/sandbox/call.ts'
import type { Stop } from '../../src/sandbox/fiber.ts'
import { asHttpError, codeOf, targetOf } from './errors.ts'
import { type Door, Exchange, type Owner } from './exchange.ts'
import { redirected } from './redirect.ts'
import { destroyBody } from './request.ts'
import { Response } from './response.ts'
import { isRepeatable, type Outcome, retryDelayMs } from './retry.ts'
import { upstreams } from '../../src/limiter/process-upstreams.ts'
import { frozenPause, learn } from './upstream.ts'

const timeoutMsDefault = 30_000
const bytesMaxDefault = 16 * 1_048_576
/** A connection that its server closes under a request is replaced at once, this often. */
const staleMax = 3
const staleCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/**
 * One call: its tries, its redirects, and what its job has to do with it. It is one promise and no async function inside:
 * at 10,000 in flight that is a kilobyte less a request.
 */
export class Call implements Owner {
  readonly door: Door
  readonly timeoutMs: number
  target: string
  origin: string
  #http: HttpRequest
  readonly #facade: FacadeCall | undefined
  readonly #startedMs: number
  #exchange: Exchange | undefined
  /** The one whose response the caller has. */
  #returned: Exchange | undefined
  #tries = 0
  #stale = 0
  #redirects = 0
  #stopped: { error: unknown } | undefined
  #wake: (() => void) | undefined
  #aborted: (() => void) | undefined
  #resolve: ((response: Response) => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  /** Throws `FW_JOB_SETTLED` when the job that asks has ended. */
  constructor(door: Door, http: HttpRequest) {
    this.door = door
    this.#http = http
    this.#startedMs = door.env.monoMs()
    this.timeoutMs = http.options.timeoutMs ?? timeoutMsDefault
    this.target = targetOf(http.method, http.url)
    this.origin = http.url.origin
    this.#facade = openCall(this.target)
    if (this.#facade?.fiber.trace !== undefined)
      this.#facade.traced({ kind: 'http', method: http.method, url: http.url })
  }

  /** Rejects with what undici or the system said, or why it was stopped: `failure` makes an error of it. */
  start(): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#listen()
      this.#try()
    })
  }

  /** Close the books on a call that failed; answers the error to throw. Called where the caller's stack can be seen. */
  failure(error: unknown): unknown {
    const shown = this.#stopped === undefined ? asHttpError(this.target, error) : this.#stopped.error
    destroyBody(this.#http.body)
    this.#end(shown)
    return shown
  }

  answered(exchange: Exchange): void {
    try {
      learn(this.#http, exchange, this.door.env)
      const next = redirected(this.#http, exchange, this.#redirects)
      if (next !== undefined) return this.#redirect(exchange, next)
      const delayMs = exchange.status >= 400 ? this.#delayAfter(exchange) : undefined
      if (delayMs === undefined) return this.#return(exchange)
      exchange.discard()
      // A job that can give its slot back does not sit through the pause that the service has asked for.
      if (!this.#pauses()) this.#tryAfter(delayMs)
    } catch (error) {
      exchange.discard()
      this.#reject?.(error)
    }
  }

  failed(exchange: Exchange, error: unknown): void {
    if (this.#stopped !== undefined) return this.#reject?.(error)
    // Closed by its server just as the request was sent: nothing is wrong with either, so it does not count as a try.
    if (exchange.reused && staleCodes.has(codeOf(error)) && this.#stale < staleMax && isRepeatable(this.#http)) {
      this.#stale++
      this.#tries--
      return this.#try()
    }
    const delayMs = this.#delay({ tries: this.#tries, error: asHttpError(this.target, error) })
    if (delayMs === undefined) this.#reject?.(error)
    else this.#tryAfter(delayMs)
  }

  over(exchange: Exchange): void {
    if (exchange === this.#returned) this.#end(exchange.error)
  }

  get span(): CallSpan | undefined {
    return this.#facade?.span
  }

  /** The request as undici takes it. */
  wire(): Dispatcher.DispatchOptions {
    const { method, url, body } = this.#http
    let { headers } = this.#http
    const { traceparent, tracestate } = this.#facade?.trace ?? {}
    if (traceparent !== undefined && headers['traceparent'] === undefined) {
      headers = { ...headers, traceparent, ...(tracestate !== undefined && { tracestate }) }
    }
    return { path: url.pathname + url.search, method, headers, body: (body ?? null) as string | null }
  }

  #try(): void {
    if (this.#stopped !== undefined) return this.#reject?.(this.#stopped.error)
    if (this.#tries === 0 && this.#asksOthers()) return
    if (this.#pauses()) return
    this.#tries++
    this.#exchange = new Exchange(this)
    this.#exchange.start()
  }

  /** Nobody in this process has made a call for a while: others may have learnt something. */
  #asksOthers(): boolean {
    const asked = this.#http.options.upstream === 'ignore' ? undefined : upstreams.called()
    void asked?.then(() => this.#try())
    return asked !== undefined
  }

  /** The service wants no calls for now: the call waits, or is over. False: it is to be sent. */
  #pauses(): boolean {
    const pause = frozenPause(this.#http, this.#facade !== undefined, this.#remainingMs(), this.door.env)
    if (pause === undefined) return false
    if ('waitMs' in pause) this.#tryAfter(pause.waitMs)
    else this.#reject?.(pause.error)
    return true
  }

  #tryAfter(delayMs: number): void {
    const again = () => {
      this.door.env.clearTimer(timer)
      this.#wake = undefined
      this.#try()
    }
    const timer = this.door.env.setTimer(again, delayMs)
    this.#wake = again
  }

  #return(exchange: Exchange): void {
    this.#returned = exchange
    if (exchange.done) this.#end(exchange.error)
    const bytesMax = this.#http.options.bytesMax ?? bytesMaxDefault
    this.#resolve?.(new Response(exchange, this.target, this.#http.url, bytesMax, this.#tries))
  }

  #delayAfter(exchange: Exchange): number | undefined {
    const retryAfter = exchange.headers['retry-after']
    const text = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter
    return this.#delay({ tries: this.#tries, status: exchange.status, retryAfter: text })
  }

  #delay(outcome: Outcome): number | undefined {
    return retryDelayMs(this.#http, outcome, this.door.env, this.#remainingMs())
  }

  #remainingMs(): number {
    return (this.#facade?.fiber.deadlineMonoMs ?? Infinity) - this.door.env.monoMs()
  }

  #redirect(exchange: Exchange, next: HttpRequest): void {
    exchange.discard()
    this.#redirects++
    this.#tries = 0
    this.#http = next
    this.target = targetOf(next.method, next.url)
    this.origin = next.url.origin
    this.#try()
  }

  #listen(): void {
    const facade = this.#facade
    if (facade !== undefined) {
      if (facade.fiber.stop === undefined) facade.onStop = (stop) => this.#stop(reasonOf(stop, this.target))
      else this.#stop(facade.fiber.stop.error)
    }
    const { signal } = this.#http.options
    if (signal === undefined) return
    if (signal.aborted) return this.#stop(signal.reason)
    this.#aborted = () => this.#stop(signal.reason)
    signal.addEventListener('abort', this.#aborted, { once: true })
  }

  #stop(error: unknown): void {
    this.#stopped ??= { error }
    this.#exchange?.abort(error)
    this.#wake?.()
  }

  #end(error: unknown): void {
    const facade = this.#facade
    // At the job's end the call stays open in its books: that is how it is seen as a zombie.
    if (facade !== undefined && !facade.fiber.settled) facade.end()
    if (this.#aborted !== undefined) this.#http.options.signal?.removeEventListener('abort', this.#aborted)
    const status = this.#exchange?.answered === true ? this.#exchange.status : undefined
    facade?.span?.end({ error, status, tries: this.#tries })
    emit('http.ended', () => ({
      job: facade?.fiber.loan.job.id,
      method: this.#http.method,
      origin: this.origin,
      what: this.target,
      status,
      ms: this.door.env.monoMs() - this.#startedMs,
      tries: this.#tries,
      error,
    }))
  }
}

function reasonOf(stop: Stop, target: string): unknown {
  if (stop.kind !== 'settled') return stop.error
  return new FiberWorkError(
    'FW_JOB_SETTLED',
    `${target} was still open when its job ended; await what a handler starts.`,
  )
}
