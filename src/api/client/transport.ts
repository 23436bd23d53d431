import { ApiError } from './error.ts'

/** One request to the API. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** From `/v1/` on, encoded. */
  path: string
  query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  body?: unknown
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
  /** Asked twice it does no more than once, so that it may be asked again when there was no answer. GET, PUT and DELETE are anyhow. */
  repeatable?: boolean
  /** How long it may take on top of what any answer may. */
  waitMs?: number
  /** Statuses beyond 2xx that are answers and no errors. */
  answers?: readonly number[]
}

/** How requests reach an API: over HTTP, or without a server at all. */
export interface Transport {
  /** Answers the body. Throws `ApiError`. */
  call(request: ApiRequest): Promise<unknown>
  /** The stream of events, as it comes, with what is put in front of each connection. */
  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>
}

/** A part of a path. Throws `ApiError` for what a URL cannot hold there: `.` and `..` would name another path, whatever their spelling. */
export function part(text: string): string {
  if (text !== '' && text !== '.' && text !== '..' && text.isWellFormed()) return encodeURIComponent(text)
  throw new ApiError({ code: 'FW_API_INVALID', detail: `${JSON.stringify(text)} cannot be named in a path.` })
}
