import { FiberWorkError } from '../../src/contract/index.ts'

export interface Node {
  host: string
  port: number
}

/** Options of an ioredis instance, its own names. */
export type IoredisOptions = Record<string, unknown>

/**
 * Where the server is and who we are there. The options belong to no connection in particular; without functions in them
 * a target can be cloned to another thread.
 */
export interface Target {
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** How each connection is made; for a cluster without host and port. */
  readonly options: IoredisOptions
  /** Of a cluster: whom to ask for the way. */
  readonly nodes: readonly Node[]
  /** For messages: holds no secret. */
  readonly address: string
}

export const defaultPort = { server: 6379, cluster: 6379, sentinel: 26_379 } as const

export function addressOf(scheme: string, nodes: readonly Node[], path = ''): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  return `${scheme}://${hosts.join(',')}${path}`
}

/** From ioredis' own options: `{ host, port, tls, … }`, `{ sentinels, name, … }`. */
export function targetOf(options: IoredisOptions, nodes: readonly Node[] = []): Target {
  const secure = options['tls'] === undefined || options['tls'] === null ? 'redis' : 'rediss'
  if (nodes.length > 0) {
    return { kind: 'cluster', options, nodes, address: addressOf(`${secure}+cluster`, nodes) }
  }
  const sentinels = options['sentinels']
  if (Array.isArray(sentinels) && sentinels.length > 0) {
    const known = sentinels.map((sentinel) => nodeOf(sentinel, defaultPort.sentinel))
    const name = String(options['name'] ?? '')
    return { kind: 'sentinel', options, nodes: [], address: addressOf(`${secure}+sentinel`, known, `/${name}`) }
  }
  const db = options['db'] === undefined || Number(options['db']) === 0 ? '' : `/${String(options['db'])}`
  const path = options['path']
  const address =
    typeof path === 'string' && path !== ''
      ? `redis+unix://${path}`
      : addressOf(secure, [nodeOf(options, defaultPort.server)], db)
  return { kind: 'server', options, nodes: [], address }
}

/** A node as ioredis takes it: `{ host, port }`, a port, or `host:port`. */
export function nodeOf(given: unknown, port: number): Node {
  if (typeof given === 'number') return { host: '127.0.0.1', port: given }
  if (typeof given === 'string') {
    const match = /^(?:redis(?:s)?:\/\/)?(?:[^@]*@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(given)
    if (match !== null) return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2] ?? port) }
  }
  if (typeof given === 'object' && given !== null) {
    const { host, port: own } = given as { host?: unknown; port?: unknown }
    return { host: typeof host === 'string' && host !== '' ? host : '127.0.0.1', port: Number(own ?? port) }
  }
  throw new FiberWorkError('FW_CONFIG_INVALID', 'A node of a Redis cluster is { host, port }.')
}
