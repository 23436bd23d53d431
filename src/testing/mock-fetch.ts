import type { Dispatcher } from 'undici'
import { isFiberWorkError } from '../contract/errors.ts'
import { bindFetch } from '../../facades/http/index.ts'
import type { Mocking } from './mock-http.ts'

export type Fetch = typeof globalThis.fetch

const withoutBody = new Set([101, 204, 205, 304])

/**
 * A `fetch` that asks this dispatcher. Node's own cannot: it speaks to those of the undici that is built into it. What goes in and
 * comes out is Node's.
 */
export function answerFetch(undici: typeof import('undici'), dispatcher: Dispatcher): Fetch {
  return async (input, init) => {
    const { url, method, headers, signal, redirect, body, ...request } = readable(new Request(input, init))
    const content = body === null ? {} : { body: new Uint8Array(await request.bytes()) }
    const asked = { method, headers: [...headers] as [string, string][], signal, redirect, dispatcher, ...content }
    try {
      const answer = await undici.fetch(url, asked)
      const { status, statusText } = answer
      const answered = withoutBody.has(status) ? null : new Uint8Array(await answer.arrayBuffer())
      const response = new Response(answered, {
        status,
        statusText,
        headers: [...answer.headers] as [string, string][],
      })
      return Object.defineProperty(response, 'url', { value: answer.url })
    } catch (error) {
      throw error instanceof Error && isFiberWorkError(error.cause) ? error.cause : error
    }
  }
}

function readable(request: Request) {
  const { url, method, headers, signal, redirect, body } = request
  return { url, method, headers, signal, redirect, body, bytes: () => request.arrayBuffer() }
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
