import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'

/** Where a broker is, and as whom we go there. */
export interface Place {
  tls: boolean
  host: string
  port: number
  user: string
  password: string
  vhost: string
  /** For messages: host, port and vhost, no password. */
  shown: string
}

const known = ['prefix', 'type', 'order', 'topology', 'heartbeat', 'consumerTimeoutMs'] as const
type Parameters = Partial<Record<(typeof known)[number], string>>

/** @throws FW_CONFIG_INVALID */
export function parseUrl(text: string): { place: Place; parameters: Parameters } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'amqp:' && url.protocol !== 'amqps:')) {
    throw invalid(`"${redactUrl(text)}" is not of the form amqp://user:password@host:port/vhost?prefix=fiber-work.`)
  }
  for (const name of url.searchParams.keys()) {
    if ((known as readonly string[]).includes(name)) continue
    const near = nearest(name, known)
    const hint = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean "${near}"?`
    throw invalid(`The URL has an unknown parameter "${name}". ${hint}`)
  }
  const tls = url.protocol === 'amqps:'
  const anonymous = url.username === '' && url.password === ''
  // A raw IPv6 host has brackets in a URL, and none in what a socket is told.
  const host = decoded(url.hostname || '127.0.0.1').replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (tls ? 5671 : 5672) : Number(url.port)
  const vhost = /^\/?$/.test(url.pathname) ? '/' : decoded(url.pathname.slice(1))
  return {
    place: {
      tls,
      host,
      port,
      user: anonymous ? 'guest' : decoded(url.username),
      password: anonymous ? 'guest' : decoded(url.password),
      vhost,
      shown: `RabbitMQ at ${host}:${port}${vhost === '/' ? '' : ` (vhost ${JSON.stringify(vhost)})`}`,
    },
    parameters: Object.fromEntries(url.searchParams) as Parameters,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('User, password, host or vhost of the URL has a % that escapes nothing; write it as %25.')
  }
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
