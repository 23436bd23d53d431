import autocannon from 'autocannon'
import { percentile } from './load.ts'

export interface Asked {
  url: string
  path: string
  body: string
  connections: number
  seconds: number
  /** Requests a second of all connections together; 0: as fast as they are answered. */
  rate?: number
}

export interface Loaded {
  perSecond: number
  /** Answered with 2xx. */
  accepted: number
  /** Anything else: other answers, broken connections, silence. */
  errors: number
  p50Ms: number
  p99Ms: number
}

/** POSTs the same body over many connections. Latencies are taken by themselves: autocannon rounds its own to milliseconds. */
export async function load({ url, path, body, connections, seconds, rate = 0 }: Asked): Promise<Loaded> {
  const tookMs: number[] = []
  const running = autocannon({
    url: `${url}${path}`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections,
    duration: seconds,
    ...(rate > 0 && { overallRate: rate }),
  })
  running.on('response', (_client: unknown, _status: number, _bytes: number, ms: number) => void tookMs.push(ms))
  const result = await running
  const accepted = result['2xx']
  return {
    perSecond: accepted / result.duration,
    accepted,
    errors: result.errors + result.timeouts + result.non2xx + result.mismatches,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
  }
}
