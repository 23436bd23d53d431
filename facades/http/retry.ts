import { backoffMs } from '../../src/base/backoff.ts'
import type { Env } from '../../src/base/env.ts'
import { retryAfterMs } from '../../src/base/retry-after.ts'
import type { Backoff } from '../../src/contract/backoff.ts'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import type { HttpRequest, HttpRequestOptions, HttpRetry } from '../../src/contract/http.ts'

const attemptsDefault = 3
const backoffDefault: Backoff = { kind: 'exponential', baseMs: 200, maxMs: 10_000, jitter: 'full' }
const retryAfterMsMaxDefault = 30_000
const methodsDefault = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']
const statusesDefault = [408, 425, 429, 502, 503, 504]

export function retryOf(option: HttpRequestOptions['retry']): HttpRetry {
  if (option === false) return { attempts: 1 }
  return typeof option === 'number' ? { attempts: option } : (option ?? {})
}

/** Sending it twice does no more than sending it once. */
export function isRepeatable(request: HttpRequest, retry: HttpRetry = {}): boolean {
  if (!isReplayable(request)) return false
  return 'idempotency-key' in request.headers || (retry.methods ?? methodsDefault).includes(request.method)
}

/** The body can be sent again: it is no stream. */
export function isReplayable(request: HttpRequest): boolean {
  return typeof request.body !== 'object' || request.body instanceof Uint8Array
}

export interface Outcome {
  /** 1 for the first. */
  tries: number
  status?: number | undefined
  retryAfter?: string | undefined
  error?: unknown
}

/** How long to wait before the next try, in milliseconds; undefined when there is to be none. */
export function retryDelayMs(
  request: HttpRequest,
  outcome: Outcome,
  env: Env,
  remainingMs: number,
): number | undefined {
  const retry = retryOf(request.options.retry)
  if (outcome.tries >= (retry.attempts ?? attemptsDefault) || !isRepeatable(request, retry)) return undefined
  if (!isWorthIt(retry, outcome)) return undefined
  const asked = retryAfterMs(outcome.retryAfter, env.nowMs())
  if (asked !== undefined && asked > (retry.retryAfterMsMax ?? retryAfterMsMaxDefault)) return undefined
  const delayMs = asked ?? backoffMs(retry.backoff ?? backoffDefault, outcome.tries, () => env.random(), outcome.error)
  return delayMs >= remainingMs ? undefined : delayMs
}

function isWorthIt(retry: HttpRetry, { status, error }: Outcome): boolean {
  if (status !== undefined) return (retry.statuses ?? statusesDefault).includes(status)
  if (!isFiberWorkError(error)) return false
  return error.code === 'FW_HTTP_FAILED' ? error.retryable : error.code === 'FW_CALL_TIMEOUT' && retry.timeouts === true
}
