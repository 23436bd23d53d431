import { FiberWorkError, redactUrl } from 'fiber-work/driver'

/** What a URL says: `nats://user:password@host:4222?prefix=shop`. */
export interface Place {
  servers: string
  tls: boolean
  user?: string
  pass?: string
  /** What the streams and the subjects of this installation begin with. */
  prefix: string
  /** The URL without its password, for messages. */
  shown: string
}

/** Throws `FW_CONFIG_INVALID`, without ever showing a password. */
export function placeOf(text: string): Place {
  const shown = redactUrl(text)
  if (!URL.canParse(text)) throw invalid(`"${shown}" is not a URL like nats://127.0.0.1:4222.`)
  const { protocol, hostname, port, username, password, searchParams, pathname } = new URL(text)
  if (hostname === '' || !['', '/'].includes(pathname)) throw invalid(`"${shown}" needs a host, and has no path.`)
  const unknown = [...searchParams.keys()].find((name) => name !== 'prefix')
  if (unknown !== undefined) throw invalid(`"${shown}" has an unknown parameter "${unknown}"; known is prefix.`)
  const prefix = searchParams.get('prefix') ?? 'fiber'
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(prefix)) {
    throw invalid(`The prefix "${prefix}" is not allowed: 1 to 32 of A–Z a–z 0–9 _ - are.`)
  }
  return {
    servers: `${hostname}:${port === '' ? 4222 : port}`,
    tls: protocol === 'nats+tls:',
    ...(username !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    prefix,
    shown,
  }
}

const invalid = (message: string): FiberWorkError => new FiberWorkError('FW_CONFIG_INVALID', message)
