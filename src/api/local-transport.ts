import type * as z from 'zod'
import type { Api } from './api.ts'
import type { Caller } from './auth/caller.ts'
import type { ApiRequest, Transport } from './client/transport.ts'
import type { AnyOperation } from './operation.ts'
import { operations } from './operations/index.ts'
import { checked, perform, read } from './perform.ts'
import { eventFilter } from './schemas/event.ts'
import { localStream } from './stream/local-stream.ts'
import { FiberWorkError } from '../contract/errors.ts'

const routes = operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}))

/** The operations without a server between: what the command line calls when it stands before the store itself. Throws `FiberWorkError`. */
export function localTransport(api: Api, caller: Caller): Transport {
  return {
    async call({ method, path, query = {}, body, headers = {}, signal }) {
      const { operation, params } = routeOf(method, path)
      const raw = {
        params,
        query: given(query),
        body: body === undefined ? undefined : asSent(body),
      }
      const never = new AbortController().signal
      return perform(api, operation, { ...checked(operation, raw), caller, headers, signal: signal ?? never })
    },
    async stream({ query = {}, signal }) {
      const filter = read(eventFilter, given(query), 'query') as z.output<typeof eventFilter>
      return localStream(api, caller, filter, signal)
    },
  }
}

/** As it would arrive. */
function asSent(body: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(body))
  } catch (cause) {
    throw new FiberWorkError('FW_API_TOO_LARGE', 'What was given is nested too deep, or no JSON.', { cause })
  }
}

function routeOf(
  method: ApiRequest['method'],
  path: string,
): { operation: AnyOperation; params: Record<string, string> } {
  for (const { operation, pattern } of routes) {
    const found = operation.method === method ? pattern.exec(path) : null
    if (found === null) continue
    const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)] as const)
    return { operation, params: Object.fromEntries(params) }
  }
  throw new FiberWorkError('FW_API_NOT_FOUND', `There is no ${method} ${path}.`)
}

/** As a query would arrive: texts, without what was not given. */
function given(query: NonNullable<ApiRequest['query']>): Record<string, string> {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)]),
  )
}
