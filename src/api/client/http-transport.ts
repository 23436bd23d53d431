import { ApiError } from './error.ts'
import type { ApiRequest, Transport } from './transport.ts'

export interface HttpTransportOptions {
  /** Where the API is: `http://127.0.0.1:7077`. */
  url: string
  token?: string
  /** The `fetch` of the platform by default. */
  fetch?: typeof fetch
  /** How long one answer may take, without what was asked to be waited for; 30 s by default. */
  timeoutMs?: number
  /** How often what may be repeated is asked again, when there was no answer or the server said later; 3 by default. */
  retries?: number
}

const pauseMsMax = 10_000

/** Over HTTP, with nothing but `fetch`. */
export function httpTransport({
  url,
  token,
  timeoutMs = 30_000,
  retries = 3,
  ...rest
}: HttpTransportOptions): Transport {
  const base = url.replace(/\/+$/, '')
  const ask = rest.fetch ?? globalThis.fetch.bind(globalThis)
  const send = async (request: ApiRequest, signal: AbortSignal | undefined): Promise<Response> => {
    const { method, path, query, body, headers } = request
    try {
      return await ask(`${base}${path}${queryText(query)}`, {
        method,
        headers: {
          accept: 'application/json, application/problem+json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
        redirect: 'error',
      })
    } catch (cause) {
      if (request.signal?.aborted === true) throw request.signal.reason
      throw unreachable(base, cause)
    }
  }
  return {
    async call(request) {
      const waitMs = waitOf(request)
      for (let tries = 0; ; tries++) {
        try {
          const signal = withDeadline(request.signal, timeoutMs + waitMs)
          return await read(await send(request, signal), request)
        } catch (error) {
          if (tries >= retries || !mayRepeat(request, error)) throw error
          await pause(pauseMsOf(error, tries), request.signal)
        }
      }
    },
    async stream(request) {
      const response = await send(request, request.signal)
      if (!response.ok || response.body === null) throw await problemOf(response)
      return chunksOf(response.body)
    },
  }
}

/** Not every browser lets a body be read by `for await`. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Whoever leaves early lets the connection go.
    await reader.cancel().catch(() => undefined)
  }
}

async function read(response: Response, { answers = [] }: ApiRequest): Promise<unknown> {
  if (!response.ok && !answers.includes(response.status)) throw await problemOf(response)
  try {
    return await response.json()
  } catch (cause) {
    throw new ApiError(
      { code: 'FW_API_UNREACHABLE', detail: 'The answer is no JSON: is this the API of fiber-work?' },
      { cause },
    )
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  try {
    const problem = (await response.json()) as { code?: string; detail?: string }
    if (problem.code !== undefined && problem.detail !== undefined) {
      return Object.assign(
        new ApiError({ ...problem, detail: problem.detail, code: problem.code, status: response.status }),
        {
          retryAfterMs: after * 1_000,
        },
      )
    }
  } catch {
    // Something in front of the API has answered.
  }
  const retryable = response.status >= 500
  return new ApiError({
    code: 'FW_API_UNREACHABLE',
    detail: `The answer was ${response.status}, and not of fiber-work.`,
    status: response.status,
    retryable,
  })
}

function unreachable(base: string, cause: unknown): ApiError {
  const why =
    cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause)
  return new ApiError(
    {
      code: 'FW_API_UNREACHABLE',
      detail: `The API at ${base} did not answer: ${why}.`,
      retryable: true,
      remedy: 'Check the URL, and that a worker or `fiber-work api` serves there.',
    },
    { cause },
  )
}

function mayRepeat({ method, repeatable, signal }: ApiRequest, error: unknown): boolean {
  if (!(error instanceof ApiError) || !error.retryable || signal?.aborted === true) return false
  // What was refused before anything was done may always be asked again.
  return method !== 'POST' || repeatable === true || error.status === 429
}

function pauseMsOf(error: unknown, tries: number): number {
  const { retryAfterMs = Number.NaN } = error as { retryAfterMs?: number }
  return Math.min(pauseMsMax, Number.isFinite(retryAfterMs) ? retryAfterMs : 100 * 2 ** tries)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, ms)
    const leave = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', leave, { once: true })
  })
}

function withDeadline(signal: AbortSignal | undefined, ms: number): AbortSignal {
  const deadline = AbortSignal.timeout(ms)
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline])
}

/** What the API itself was asked to wait comes on top of what its answer may take. */
function waitOf({ query, body, waitMs = 0 }: ApiRequest): number {
  const asked = query?.['waitMs'] ?? (body as { waitMs?: unknown } | undefined)?.waitMs
  return waitMs + (typeof asked === 'number' ? asked : 0)
}

function queryText(query: ApiRequest['query']): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) text.set(name, Array.isArray(value) ? value.join(',') : String(value))
  }
  return text.size === 0 ? '' : `?${text.toString()}`
}
