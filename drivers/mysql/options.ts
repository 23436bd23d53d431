import type { ConnectionOptions } from 'mysql2/promise'
import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { parseMysqlUrl } from './url.ts'

/** mysql2's own options of how to reach the server. */
export type MysqlServer = Pick<
  ConnectionOptions,
  'host' | 'port' | 'user' | 'password' | 'database' | 'socketPath' | 'ssl'
>

export interface MysqlOptions {
  /**
   * Where the database is: `mysql://user:password@host:3306/database` (or `mariadb://`), or options of mysql2.
   * It must exist; `prepare()` makes the tables in it.
   */
  mysql: string | MysqlServer
  /** What the names of our tables begin with: letters, digits and underscores. Default `fiber_work_`. */
  prefix?: string
  /** Connections to the server, at most. Default 3. */
  connectionsMax?: number
  /** How long the loans of a session live without renewal. Default 30,000. */
  leaseMs?: number
  /** How long dead, cancelled and quarantined jobs are kept. Default 14 days. */
  deadAgeMs?: number
  /** How often an idle worker looks for what other processes have written. Default 50. */
  pollMs?: number
  /** How long the server may be silent while a call waits for it, before the connection is given up. Default 5,000. */
  silenceMs?: number
  /** How long it may take to connect. Default 3,000. */
  connectTimeoutMs?: number
  env?: Env
}

export interface Settings {
  server: MysqlServer
  /** `host:port/database`. */
  place: string
  prefix: string
  connectionsMax: number
  leaseMs: number
  deadAgeMs: number
  pollMs: number
  silenceMs: number
  connectTimeoutMs: number
  env: Env
}

const numbers = {
  connectionsMax: 3,
  leaseMs: 30_000,
  deadAgeMs: defaults.deadAgeMs,
  pollMs: 50,
  silenceMs: 5_000,
  connectTimeoutMs: 3_000,
} as const

const prefixDefault = 'fiber_work_'

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: MysqlOptions): Settings {
  const { mysql } = options
  if (typeof mysql !== 'string' && (typeof mysql !== 'object' || mysql === null)) {
    throw invalid(`mysql is ${JSON.stringify(mysql)}; give a URL (mysql://user@host/database), or options of mysql2.`)
  }
  const { server, prefix } = typeof mysql === 'string' ? parseMysqlUrl(mysql) : { server: mysql, prefix: undefined }
  const found = { host: '127.0.0.1', port: 3_306, ...server }
  if (typeof found.database !== 'string' || found.database === '') {
    throw invalid('The database is missing; name it: mysql://user@host/database.')
  }
  return {
    server: found,
    place: `${found.socketPath ?? `${found.host}:${found.port}`}/${found.database}`,
    prefix: prefixOf(options.prefix ?? prefix ?? prefixDefault),
    connectionsMax: numberOf(options, 'connectionsMax'),
    leaseMs: numberOf(options, 'leaseMs'),
    deadAgeMs: numberOf(options, 'deadAgeMs'),
    pollMs: numberOf(options, 'pollMs'),
    silenceMs: numberOf(options, 'silenceMs'),
    connectTimeoutMs: numberOf(options, 'connectTimeoutMs'),
    env: options.env ?? systemEnv,
  }
}

/** It stands in statements: nothing but what needs no quoting comes through. */
function prefixOf(prefix: string): string {
  if (typeof prefix === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(prefix)) return prefix
  throw invalid(
    `prefix is ${JSON.stringify(prefix)}; 1 to 40 of A–Z a–z 0–9 _ are allowed, and it does not start with a digit.`,
  )
}

function numberOf(options: MysqlOptions, name: keyof typeof numbers): number {
  const value = options[name] ?? numbers[name]
  const least = name === 'deadAgeMs' ? 0 : 1
  const whole = name !== 'connectionsMax' || Number.isInteger(value)
  if (Number.isFinite(value) && value >= least && whole) return value
  throw invalid(`${name} is ${value}; it must be a ${whole ? '' : 'whole '}number of at least ${least}.`)
}

const invalid = (message: string): FiberWorkError => new FiberWorkError('FW_CONFIG_INVALID', message)
