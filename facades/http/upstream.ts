import type { Env } from '../../src/base/env.ts'
import type { HttpRequest } from '../../src/contract/http.ts'
import { UpstreamFrozenError } from '../../src/contract/upstream.ts'
import { upstreams } from '../../src/limiter/process-upstreams.ts'
import type { Exchange } from './exchange.ts'

/** A pause that is shorter is not worth giving a slot back for. */
const waitMsMax = 1_000
/** All that a service has put off come back at the same moment: spread over a tenth of the pause, within these bounds. */
const spreadMs = { min: 1_000, max: 30_000 }

/** Take from an answer what the service says of its limits. */
export function learn({ url, headers, options }: HttpRequest, exchange: Exchange, env: Env): void {
  if (options.upstream === 'ignore') return
  upstreams.learn(url.origin, headers, exchange.status, exchange.headers, env.nowMs())
}

/** What a call has to do before it may be sent: wait, or give up with this error. Undefined: it may be sent. */
export function frozenPause(
  { url, headers, options }: HttpRequest,
  inJob: boolean,
  remainingMs: number,
  env: Env,
): { waitMs: number } | { error: UpstreamFrozenError } | undefined {
  const { upstream = 'release' } = options
  if (upstream === 'ignore') return undefined
  const nowMs = env.nowMs()
  const untilMs = upstreams.frozenUntilMs(url.origin, headers, nowMs)
  if (untilMs === 0 || (!inJob && upstream === 'release')) return undefined
  const pauseMs = untilMs - nowMs
  if (upstream === 'wait' || pauseMs <= waitMsMax) {
    const waitMs = pauseMs + env.random() * Math.min(pauseMs * 0.1, spreadMs.max)
    if (waitMs < remainingMs) return { waitMs }
  }
  const spread = Math.min(Math.max(pauseMs * 0.1, spreadMs.min), spreadMs.max)
  return { error: new UpstreamFrozenError(url.origin, untilMs, Math.ceil(pauseMs + env.random() * spread)) }
}
