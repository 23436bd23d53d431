import type { Socket } from 'node:net'
import type { ClientConfig } from 'pg'
import { FiberWorkError } from '../../src/contract/index.ts'

/** What we use of a `Client` of pg. */
export interface Client {
  /** The server's process, as it was said at the greeting; a pooler says a number of its own. */
  readonly processID: number | null
  readonly connection: { readonly stream: Socket }
  connect(): Promise<unknown>
  query(statement: { text: string; values: readonly unknown[] }): Promise<{ rows: Record<string, unknown>[] }>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'notification', listener: (message: { channel: string; payload?: string }) => void): unknown
}

export type MakeClient = (config: ClientConfig) => Client

/**
 * Loaded when a store is opened: pg is an optional peer.
 * @throws FW_DRIVER_MISSING
 */
export async function loadPg(load: () => Promise<unknown> = () => import('pg')): Promise<MakeClient> {
  try {
    const loaded = (await load()) as { default?: { Client: unknown }; Client?: unknown }
    const Client = (loaded.default?.Client ?? loaded.Client) as new (config: ClientConfig) => Client
    return (config) => new Client(config)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new FiberWorkError('FW_DRIVER_MISSING', 'Postgres needs the package pg: npm install pg', { cause: error })
  }
}
