import type { Socket } from 'node:net'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { IoredisOptions } from './target.ts'

/** What we use of an ioredis instance. */
export interface Client {
  readonly status: string
  /** Missing before it connects. */
  readonly stream?: Socket
  connect(): Promise<void>
  disconnect(): void
  call(command: string, ...args: (string | number)[]): Promise<unknown>
  on(event: 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

export type MakeClient = (options: IoredisOptions) => Client

/**
 * Loaded when a store is opened: ioredis is an optional peer.
 * @throws FW_DRIVER_MISSING
 */
export async function loadIoredis(load: () => Promise<unknown> = () => import('ioredis')): Promise<MakeClient> {
  try {
    const { Redis } = (await load()) as { Redis: new (options: IoredisOptions) => Client }
    return (options) => new Redis({ ...options, ...named(options), ...ours })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new FiberWorkError('FW_DRIVER_MISSING', 'Redis needs the package ioredis: npm install ioredis', {
      cause: error,
    })
  }
}

/** A password alone is the one of `default`; said so, a server that needs none takes it without ioredis' warning on stderr. */
function named({ username, password }: IoredisOptions): IoredisOptions {
  const bare = (username ?? '') === '' && typeof password === 'string' && password !== ''
  return bare ? { username: 'default' } : {}
}

/**
 * A client is one connection: when it breaks, it is thrown away with the calls that were on their way, and another one is
 * made. So nothing is sent twice or kept back by ioredis, which would also leave calls without any answer
 * (`autoResendUnfulfilledCommands: false`). What a user's own instance may have set otherwise is set back.
 */
export const ours: IoredisOptions = {
  lazyConnect: true,
  retryStrategy: null,
  reconnectOnError: null,
  sentinelRetryStrategy: null,
  sentinelReconnectStrategy: null,
  failoverDetector: false,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  enableAutoPipelining: false,
  readOnly: false,
  role: 'master',
  monitor: false,
  // The greeting names the connection; these would be refused by older servers, and are noise in their statistics.
  connectionName: null,
  disableClientInfo: true,
  protocol: 2,
  replyMapping: 'legacy',
  stringNumbers: false,
  keyPrefix: '',
  scripts: undefined,
  himportFieldsets: undefined,
  showFriendlyErrorStack: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  // Ours is the deadline for the whole of it.
  connectTimeout: 0,
  disconnectTimeout: 100,
  noDelay: true,
}
