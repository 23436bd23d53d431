import type { ConnectionOptions } from 'node:tls'
import type { Client } from 'undici'
import { outside } from '../../src/sandbox/storage.ts'
import { plainConnector } from './connect.ts'
import type { Deadlines } from './deadlines.ts'
import type { Connection, Group } from './line.ts'
import type { Pool } from './pool.ts'

type Undici = typeof import('undici')

let loaded: Undici | undefined

/** undici, once somebody sends a request: it takes 100 ms to import. */
export function loadUndici(): Undici | Promise<Undici> {
  return loaded ?? outside(async () => (loaded = await import('undici')))
}

/** How the connections of one instance are made. */
export interface ConnectSettings {
  connections: number
  connectionsPerOrigin: number
  keepAliveMs: number
  connectTimeoutMs: number
  http2: boolean | 'cleartext'
  tls: ConnectionOptions
}

/** Requests that one HTTP/2 connection carries at once. */
const streamsMax = 100

/**
 * One undici `Client` a socket, and no undici timers: its header and body timeouts tick once a second, a call has its own
 * deadline. Made outside of any job, so that no socket belongs to one.
 */
export function groupOf(undici: Undici, pool: Pool, deadlines: Deadlines, settings: ConnectSettings): Group {
  const mayMultiplex = settings.http2 !== false
  const plain = plainConnector(deadlines, settings.connectTimeoutMs, settings.http2 === 'cleartext')
  const secure = undici.buildConnector({
    ...settings.tls,
    timeout: settings.connectTimeoutMs,
    allowH2: mayMultiplex,
    preferH2: mayMultiplex,
  } as object)
  const connector: Connector = (to, done) => (to.protocol === 'https:' ? secure(to, done) : plain(to, done))
  const options: Client.Options = {
    allowH2: mayMultiplex,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: settings.keepAliveMs,
    keepAliveMaxTimeout: settings.keepAliveMs,
    ...(mayMultiplex ? { maxConcurrentStreams: streamsMax } : {}),
  }
  const known = Symbol('connection')
  type Known = Client & { [known]: Connection }
  // One listener for all clients: they are told who calls.
  const connected = (_origin: URL, [client]: readonly unknown[]) => {
    const connection = (client as Known)[known]
    pool.connected(connection, connection.multiplexed ? streamsMax : 1)
  }
  const disconnected = (_origin: URL, [client]: readonly unknown[]) => pool.disconnected((client as Known)[known])
  const open = (connection: Connection): Client =>
    outside(() => {
      const connect = mayMultiplex ? observed(connector, connection) : connector
      const client = new undici.Client(connection.line.url, { ...options, connect })
      client.on('connect', connected).on('disconnect', disconnected)
      return Object.assign(client, { [known]: connection })
    })
  return {
    max: settings.connections,
    originMax: settings.connectionsPerOrigin,
    mayMultiplex,
    open,
    lines: new Map(),
    starved: new Set(),
    idle: new Set(),
    count: 0,
  }
}

type Connector = ReturnType<Undici['buildConnector']>

/** The connector, telling the connection which protocol its server chose. */
function observed(connector: Connector, connection: Connection): Connector {
  return (to, done) =>
    connector(to, (...answer) => {
      const socket = answer[1]
      connection.multiplexed = socket !== null && 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
      done(...answer)
    })
}
