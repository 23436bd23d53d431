import type { Env } from '../base/env.ts'
import { systemEnv } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Fleet } from '../contract/fleet.ts'
import type { Client } from '../connect/client.ts'
import { version } from '../connect/version.ts'
import type { Api } from './api.ts'
import { AuditLog } from './audit.ts'
import { TokenBook } from './auth/token-book.ts'
import type { TokenRecord } from './auth/tokens.ts'
import { BulkTasks } from './bulk/tasks.ts'
import { ApiMetrics } from './metrics.ts'
import { progressEvent } from './operations/bulk.ts'
import { depths } from './operations/queues.ts'
import { QueueRates } from './rates.ts'
import { EventHub } from './stream/hub.ts'
import type { Definitions } from './definitions.ts'
import { type Address, isLoopback } from './http/address.ts'
import type { HealthSource } from './health.ts'
import { addHealth } from './http/health-routes.ts'
import { checkExposure, missingToken } from './http/exposure.ts'

export interface ServeOptions {
  address: Address
  /** Whom `/healthz` and `/readyz` ask. */
  health: HealthSource
  env?: Env
  /** Names by which it may be called besides its address, in lower case. */
  hosts?: readonly string[]
  behindProxy?: boolean
  /** PEM. */
  tls?: { cert: string; key: string }
  /** Those of the configuration. */
  tokens?: readonly TokenRecord[]
  /** An error inside of the server, for a log. */
  failed?: (error: unknown) => void
  /** The web page is served too; it is by default. */
  ui?: boolean
  /** Where the built page is, if not where the build puts it. */
  pageFolder?: string
  /** How long closing waits for handlers that are at work, in milliseconds; 10 s by default. */
  closeMs?: number
  /** Deprecated: beyond this machine, without TLS or tokens; then nothing but health is served. */
  insecure?: boolean
}

/** What the operations need, once it is there. */
export interface World {
  client: Client
  fleet: Fleet
  definitions: Definitions
}

export interface ApiServer {
  /** Where it listens: with the real port when 0 was asked for. */
  url: string
  /** Where the web page is, if it is served and was built. */
  pageUrl: string | undefined
  /**
   * The store is reached: from now on everything is served. Until then only health is. Throws `FW_CONFIG_INVALID` where others reach the
   * port and there is no token.
   */
  open(world: World): Promise<void>
  /** Cuts all connections, and resolves when nothing that was asked for is at work any more: the store may be closed then. */
  close(): Promise<void>
}

/** Serves the HTTP API; fastify is loaded for it. Throws `FW_CONFIG_INVALID` when it cannot listen there. */
export async function serve(options: ServeOptions): Promise<ApiServer> {
  const { address, env = systemEnv, behindProxy = false, hosts = [], tls, failed = () => {}, ui = true } = options
  const [{ makeApp }, { TokenDoor }, { makeSite }] = await Promise.all([
    import('./http/app.ts'),
    import('./http/authenticate.ts'),
    import('./http/site.ts'),
  ])
  checkExposure(address, { tls: tls !== undefined, behindProxy, insecure: options.insecure ?? false })
  let api: Api | undefined
  const ledger = () => api?.client.driver.ledger
  const tokens = new TokenBook({ env, configured: options.tokens ?? [], ledger })
  const opened = () => {
    if (api !== undefined) return api
    throw new FiberWorkError('FW_API_STARTING', 'The store is not reached yet.')
  }
  const { closeMs } = options
  const appOptions = { address, behindProxy, hosts, failed, env, closeMs, ...(tls !== undefined && { tls }) }
  const local = isLoopback(address.host) && !behindProxy
  // Nothing but health goes over a network in the clear.
  const isClear = !isLoopback(address.host) && tls === undefined && !behindProxy
  const door = new TokenDoor({ env, tokens: () => (opened(), tokens), ledger, local })
  const { app, page } = isClear
    ? { app: makeApp(appOptions), page: undefined }
    : await makeSite({ ...appOptions, door, api: opened, base: '', ui, pageFolder: options.pageFolder })
  addHealth(app, options.health)
  const url = await listen(app, address)
  return {
    url,
    pageUrl: page && `${url}/`,
    async open(world) {
      api = apiOf(world, env, tokens)
      if (!local && options.insecure !== true && !(await tokens.any())) throw missingToken(address)
    },
    async close() {
      await app.close()
      api?.hub.close()
      // After the handlers: one of them may have begun another.
      await api?.bulk.close()
    },
  }
}

/** The world of the operations over a store. */
export function apiOf({ client, fleet, definitions }: World, env: Env, tokens: TokenBook): Api {
  const audit = new AuditLog(env, () => client.driver.ledger)
  const everybody = { name: 'hub', role: 'read' } as const
  const hub = new EventHub({ env, fleet, depths: () => depths({ client, definitions }, everybody) })
  const bulk = new BulkTasks({ env, client, moved: (task) => hub.tell([progressEvent(task, env.nowMs())]) })
  const metrics = new ApiMetrics({ env, client, fleet, definitions })
  return {
    env,
    client,
    fleet,
    definitions,
    tokens,
    audit,
    bulk,
    hub,
    metrics,
    rates: new QueueRates(env, fleet),
    version,
  }
}

async function listen(app: { listen(at: Address): Promise<string> }, address: Address): Promise<string> {
  try {
    return await app.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError('FW_CONFIG_INVALID', `--http cannot listen on ${address.host}:${address.port}: ${why}`, {
      cause,
    })
  }
}
