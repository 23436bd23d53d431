import { AssertionError } from 'node:assert'
import { createRequire } from 'node:module'
import type { Dispatcher, MockAgent } from 'undici'
import { FiberWorkError } from '../contract/errors.ts'
import type { HttpClient } from '../contract/http.ts'
import { type HttpMock, mockHttp as clientOn } from '../../facades/http/index.ts'
import { answerFetch, type Fetch } from './mock-fetch.ts'

/** One request that was made. */
export interface MockCall {
  method: string
  url: string
  /** Lower-case names. */
  headers: Record<string, string>
  /** As text; of a stream that was sent, nothing. */
  body: string | undefined
}

/** HTTP that is answered by the test. */
export interface MockHttp extends HttpClient {
  /** undici's, for everything that `reply` cannot say. It connects to nobody: `enableNetConnect(host)` lets a host through. */
  readonly agent: MockAgent
  /**
   * Answer one request: `reply('POST https://api.test/hook', 200, { ok: true })`. An object is sent as JSON. What it answers
   * says more: `.times(3)`, `.persist()`, `.delay(ms)`.
   */
  reply(request: string, status: number, body?: unknown, headers?: Record<string, string>): Scope
  /** Every request so far, the unexpected ones too. */
  readonly calls: readonly MockCall[]
  /** Throws an `AssertionError` when a request was made that nothing answers, or an answer was never asked for. */
  assertDone(): void
}

type Scope = ReturnType<ReturnType<ReturnType<MockAgent['get']>['intercept']>['reply']>

/** What `runJob` and `testClient` need of it. */
export interface Mocking {
  mock: HttpMock
  fetch: Fetch
}

const mockings = new WeakMap<HttpClient, Mocking>()

export function mockingOf(http: HttpClient | undefined): Mocking | undefined {
  return http === undefined ? undefined : mockings.get(http)
}

/**
 * An `HttpClient` without a network. Given to `runJob` or `testClient` as `http` it answers for `job.http`, for `Http` and every client
 * of `createHttp`, and for a plain `fetch`, as long as they are called by the job. A request that nothing answers fails with `FW_HTTP_INVALID`.
 */
export function mockHttp(): MockHttp {
  const undici = createRequire(import.meta.url)('undici') as typeof import('undici')
  const agent = new undici.MockAgent()
  agent.disableNetConnect()
  const calls: MockCall[] = []
  const unexpected: string[] = []
  class Answer extends undici.DecoratorHandler {
    readonly #handler: Dispatcher.DispatchHandler
    readonly #call: MockCall
    constructor(handler: Dispatcher.DispatchHandler, call: MockCall) {
      super(handler)
      this.#handler = handler
      this.#call = call
    }
    onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
      const unmatched = (error as { code?: string }).code === 'UND_MOCK_ERR_MOCK_NOT_MATCHED'
      if (unmatched) unexpected.push(`${this.#call.method} ${this.#call.url}`)
      this.#handler.onResponseError?.(controller, unmatched ? nothingAnswers(this.#call, agent) : error)
    }
  }
  class Recorder extends undici.Dispatcher {
    override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      const call = callOf(options)
      calls.push(call)
      try {
        return agent.dispatch(options as Parameters<typeof agent.dispatch>[0], new Answer(handler, call))
      } catch (error) {
        new Answer(handler, call).onResponseError(undefined as never, error as Error)
        return true
      }
    }
  }
  const dispatcher = new Recorder()
  const mock = clientOn((options, handler) => dispatcher.dispatch(options, handler))
  const http: MockHttp = Object.assign(mock.client, {
    agent,
    calls,
    reply: replyWith(agent),
    assertDone: () => assertDone(agent, unexpected),
  })
  mockings.set(http, { mock, fetch: answerFetch(undici, dispatcher) })
  return http
}

function replyWith(agent: MockAgent): MockHttp['reply'] {
  return (request, status, body, headers = {}) => {
    const [method = '', target = ''] = request.split(' ')
    const url = URL.parse(target)
    if (url === null)
      throw new FiberWorkError(
        'FW_CONFIG_INVALID',
        `reply(request, …) takes "GET https://host/path", not ${JSON.stringify(request)}.`,
      )
    const answered = agent.get(url.origin).intercept({ path: url.pathname + url.search, method: method.toUpperCase() })
    if (body === undefined) return answered.reply(status, '', { headers })
    if (typeof body === 'string' || body instanceof Uint8Array)
      return answered.reply(status, body as string, { headers })
    return answered.reply(status, JSON.stringify(body), { headers: { 'content-type': 'application/json', ...headers } })
  }
}

function assertDone(agent: MockAgent, unexpected: readonly string[]): void {
  const unasked = leftOf(agent)
  const problems = [
    ...(unexpected.length === 0 ? [] : [`nothing answers ${unexpected.join(', ')}`]),
    ...(unasked.length === 0 ? [] : [`nobody has asked for ${unasked.join(', ')}`]),
  ]
  if (problems.length > 0)
    throw new AssertionError({ message: `mockHttp: ${problems.join('; ')}.`, operator: 'assertDone' })
}

/** What would still be answered: `GET https://host/path`. */
function leftOf(agent: MockAgent): string[] {
  return agent.pendingInterceptors().map((one) => `${String(one.method)} ${one.origin}${String(one.path)}`)
}

function nothingAnswers({ method, url }: MockCall, agent: MockAgent): FiberWorkError {
  const answers = leftOf(agent)
  const known = answers.length === 0 ? 'Nothing is answered (any more)' : `Answered are ${answers.join(', ')}`
  return new FiberWorkError(
    'FW_HTTP_INVALID',
    `mockHttp: nothing answers ${method} ${url}. ${known}; add \`http.reply('${method} ${url}', …)\`.`,
  )
}

function callOf({ method, origin, path, headers, body }: Dispatcher.DispatchOptions): MockCall {
  const text = typeof body === 'string' ? body : body instanceof Uint8Array ? new TextDecoder().decode(body) : undefined
  return { method, url: `${String(origin)}${path}`, headers: headersOf(headers), body: text }
}

function headersOf(given: Dispatcher.DispatchOptions['headers']): Record<string, string> {
  if (given === null || given === undefined) return {}
  const pairs: [string, unknown][] = Array.isArray(given)
    ? Array.from({ length: given.length / 2 }, (_, index) => [String(given[2 * index]), given[2 * index + 1]])
    : Symbol.iterator in given
      ? [...(given as Iterable<[string, unknown]>)]
      : Object.entries(given)
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), String(value)]))
}
