import type { Dispatcher } from 'undici'
import { bindFetch } from '../../facades/http/index.ts'
import type { Mocking } from './mock-http.ts'

export type Fetch = typeof globalThis.fetch

const redirectsMax = 20
const withoutBody = new Set([101, 204, 205, 304])

/**
 * A `fetch` that asks this dispatcher. Node's own cannot: it speaks to those of the undici that is built into it. What goes in and
 * comes out is Node's.
 */
export function answerFetch(undici: typeof import('undici'), dispatcher: Dispatcher): Fetch {
  const following = dispatcher.compose(undici.interceptors.redirect({ maxRedirections: redirectsMax }))
  return async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname, search } = new URL(request.url)
    const { statusCode, headers, body, context } = await (
      request.redirect === 'follow' ? following : dispatcher
    ).request({
      origin,
      path: pathname + search,
      method: request.method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(request.headers),
      body: request.body === null ? null : new Uint8Array(await request.arrayBuffer()),
      signal: request.signal,
    })
    if (request.redirect === 'error' && statusCode >= 300 && statusCode < 400)
      throw new TypeError('unexpected redirect')
    const bytes = new Uint8Array(await body.arrayBuffer())
    const answer = new Response(withoutBody.has(statusCode) ? null : bytes, {
      status: statusCode,
      headers: pairsOf(headers),
    })
    const { history = [] } = (context ?? {}) as { history?: URL[] }
    return Object.defineProperties(answer, {
      url: { value: String(history.at(-1) ?? request.url) },
      redirected: { value: history.length > 1 },
    })
  }
}

function pairsOf(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
}

const active = new Map<Mocking, number>()
let restore: () => void = () => {}

/** For the jobs of this mock, a plain `fetch` is answered by it, and bound to the job as in the command line. Answers the undo. */
export function installMockFetch(mocking: Mocking): () => void {
  if (active.size === 0) restore = replaceFetch()
  active.set(mocking, (active.get(mocking) ?? 0) + 1)
  return () => {
    const left = active.get(mocking)! - 1
    if (left > 0) active.set(mocking, left)
    else active.delete(mocking)
    if (active.size === 0) restore()
  }
}

function replaceFetch(): () => void {
  const original = globalThis.fetch
  const mocked: Fetch = (...request) => {
    for (const { mock, fetch } of active.keys()) if (mock.answersHere()) return fetch(...request)
    return original(...request)
  }
  globalThis.fetch = mocked
  const unbind = bindFetch()
  return () => {
    unbind()
    if (globalThis.fetch === mocked) globalThis.fetch = original
  }
}
