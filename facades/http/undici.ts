import type { ConnectionOptions } from 'node:tls'
import type { Client } from 'undici'
import { outside } from '../../src/sandbox/storage.ts'
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
export function groupOf(undici: Undici, pool: Pool, settings: ConnectSettings): Group {
  const mayMultiplex = settings.http2 !== false
  const connector = undici.buildConnector({
    ...settings.tls,
    timeout: settings.connectTimeoutMs,
    allowH2: mayMultiplex,
    preferH2: mayMultiplex,
    useH2c: settings.http2 === 'cleartext',
  } as object)
  const options: Client.Options = {
    connect: connector,
    allowH2: mayMultiplex,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: settings.keepAliveMs,
    ...(mayMultiplex ? { maxConcurrentStreams: streamsMax } : {}),
  }
  const open = (origin: string, connection: Connection): Client =>
    outside(() => {
      let capacity = 1
      const connect: typeof connector = (to, done) =>
        connector(to, (...answer) => {
          const socket = answer[1]
          if (socket !== null && 'alpnProtocol' in socket && socket.alpnProtocol === 'h2') capacity = streamsMax
          done(...answer)
        })
      const client = new undici.Client(origin, mayMultiplex ? { ...options, connect } : options)
      client.on('connect', () => pool.connected(connection, capacity))
      client.on('disconnect', () => pool.disconnected(connection))
      return client
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
