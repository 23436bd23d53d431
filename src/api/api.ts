import type { Env } from '../base/env.ts'
import type { Client } from '../connect/client.ts'
import type { Fleet } from '../contract/fleet.ts'
import type { AuditLog } from './audit.ts'
import type { TokenBook } from './auth/token-book.ts'
import type { BulkTasks } from './bulk/tasks.ts'
import type { Definitions } from './definitions.ts'
import type { ApiMetrics } from './metrics.ts'
import type { EventHub } from './stream/hub.ts'

/** The world of an operation: a store, the worker processes of this machine, and what is known of the jobs. */
export interface Api {
  env: Env
  client: Client
  /** None where a store is asked without a worker beside it. */
  fleet: Fleet
  definitions: Definitions
  tokens: TokenBook
  audit: AuditLog
  bulk: BulkTasks
  hub: EventHub
  metrics: ApiMetrics
  version: string
}
