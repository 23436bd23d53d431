import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { sharedSqs } from './sqs.ts'

/** One request on its way: `action` is `SendMessageBatch`, `input` its JSON, which may be changed. */
export interface Passing {
  action: string
  input: Record<string, unknown>
}

/** What comes back instead of the server's answer; `late`: the server has done what it was asked. */
export interface Instead {
  status?: number
  /** `ThrottlingException`, … */
  type?: string
  message?: string
  /** The whole answer, for one that says yes. */
  body?: unknown
  late?: boolean
  /** The connection breaks instead. */
  cut?: boolean
}

/** A way to an SQS server on which requests are seen, changed, refused and lost. */
export interface Weather {
  url: string
  /** Every request that came by, in order. */
  seen: Passing[]
  /** Of those with this action. */
  count(action: string): number
  /** The most requests of an action that were ever under way at once. */
  peak: Map<string, number>
  /** Asked of each request; undefined lets it pass. */
  hurt: ((passing: Passing) => Instead | undefined) | undefined
}

export async function sqsWeather(): Promise<Weather> {
  const upstream = new URL((await sharedSqs()).replace('sqs+', ''))
  const weather: Weather = {
    url: '',
    seen: [],
    count: (action) => weather.seen.filter((passing) => passing.action === action).length,
    peak: new Map(),
    hurt: undefined,
  }
  const open = new Map<string, number>()
  const server = createServer((from, to) => void pass(weather, upstream, from, to, open))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  weather.url = `sqs+http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return weather
}

async function pass(
  weather: Weather,
  upstream: URL,
  from: IncomingMessage,
  to: ServerResponse,
  open: Map<string, number>,
): Promise<void> {
  const action = String(from.headers['x-amz-target']).replace('AmazonSQS.', '')
  const input = JSON.parse((await from.toArray()).join('')) as Record<string, unknown>
  const passing = { action, input }
  weather.seen.push(passing)
  const underWay = (open.get(action) ?? 0) + 1
  open.set(action, underWay)
  weather.peak.set(action, Math.max(weather.peak.get(action) ?? 0, underWay))
  to.once('close', () => open.set(action, open.get(action)! - 1))
  const instead = weather.hurt?.(passing)
  if (instead === undefined || instead.late === true) {
    const answer = await forward(upstream, from, JSON.stringify(input)).catch(() => undefined)
    if (answer === undefined) return void to.destroy()
    if (instead === undefined) {
      to.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' })
      return void to.end(answer.body)
    }
  }
  if (instead.cut === true) return void to.destroy()
  const { status = 400, type = 'InternalError', message = type, body } = instead
  to.writeHead(body === undefined ? status : 200, { 'content-type': 'application/x-amz-json-1.0' })
  to.end(JSON.stringify(body ?? { __type: `com.amazonaws.sqs#${type}`, message }))
}

function forward(upstream: URL, from: IncomingMessage, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { host: _host, 'content-length': _length, ...headers } = from.headers
    const sent = request({ hostname: upstream.hostname, port: upstream.port, method: 'POST', path: '/', headers })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      answer.toArray().then((parts) => resolve({ status: answer.statusCode ?? 500, body: parts.join('') }), reject)
    })
    sent.end(body)
  })
}
