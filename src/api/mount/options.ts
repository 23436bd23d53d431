import type { IncomingMessage } from 'node:http'
import type { Client } from '../../connect/client.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { AnyDefinition } from '../../job/definition.ts'
import type { Worker } from '../../worker/worker.ts'
import type { Role } from '../auth/roles.ts'
import { hashOf, type TokenRecord } from '../auth/tokens.ts'

/** Who uses a dashboard, as your server knows them. */
export interface DashboardUser {
  /** Stands in the audit log. */
  name: string
  /** `read` sees no payloads and no buttons, `operate` acts, `admin` may everything. */
  role: Role
  /** Only these queues; one that ends in `*` means all that begin so. */
  queues?: readonly string[]
}

/** A token that opens a dashboard: itself, or its SHA-256 in hex. */
export type DashboardToken = DashboardUser & ({ token: string } | { sha256: string })

export interface DashboardOptions {
  /** The store, by a client that you close yourself; or its URL. */
  client?: Client
  url?: string
  /** Below which path browsers reach it, as they see it: `/jobs-ui`. The whole server by default. */
  basePath?: string
  /**
   * Says who asks, by whatever your server knows people by; undefined for nobody, who is refused. It is asked with each request. One of `authorize` and
   * `tokens` has to be given.
   */
  authorize?: (request: IncomingMessage) => DashboardUser | undefined | Promise<DashboardUser | undefined>
  /** The page asks for one of these, or of those that were made in the store (`fiber-work tokens add`). */
  tokens?: readonly DashboardToken[]
  /** Host names by which your server is reached, besides addresses and localhost: a page whose own name points here is refused. */
  hosts?: readonly string[]
  /** The definitions of your jobs: what may be submitted is checked by their schemas. Without any every name is taken. */
  jobs?: readonly AnyDefinition[]
  /** A worker of this process, shown on the page of the workers. */
  worker?: Worker
  /** Something in front of your server speaks TLS, and tells who calls (X-Forwarded-For). */
  behindProxy?: boolean
  /** An error that is nobody's fault but ours, or of `authorize`. A process warning by default. */
  onError?: (error: unknown) => void
  /** Where the built page is, if not in the package. */
  pageFolder?: string
}

/** Options that can be served. */
export interface CheckedOptions extends DashboardOptions {
  /** Empty, or `/jobs-ui`. */
  base: string
  records: readonly TokenRecord[]
  onError: (error: unknown) => void
}

/** Throws `FW_CONFIG_INVALID`. */
export function checkedOptions(options: DashboardOptions): CheckedOptions {
  const { client, url, authorize, tokens = [], basePath = '' } = options
  if ((client === undefined) === (url === undefined))
    throw invalid('needs either `client` or `url`, to know which store it shows')
  if ((authorize === undefined) === (options.tokens === undefined))
    throw invalid('needs either `authorize` or `tokens`: whoever reaches it could do everything else')
  const base = basePath.replace(/\/$/, '')
  if (!/^(?:\/[\w.~-]+)*$/.test(base) || base.split('/').includes('..'))
    throw invalid(`has the basePath ${JSON.stringify(basePath)}; allowed is a path such as /jobs-ui`)
  const onError =
    options.onError ?? ((error) => process.emitWarning(`the fiber-work dashboard failed: ${String(error)}`))
  return { ...options, base, records: tokens.map(recordOf), onError }
}

function recordOf(given: DashboardToken): TokenRecord {
  const { name, role, queues } = given
  const sha256 = 'token' in given ? hashOf(given.token) : given.sha256
  return { name, role, sha256, ...(queues !== undefined && { queues }) }
}

function invalid(what: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `fiberWorkDashboard ${what}.`)
}
