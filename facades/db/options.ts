import type { Env } from '../../src/base/env.ts'
import { nearest } from '../../src/base/nearest.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { targetOf } from './target.ts'

/** One database, and how it is spoken to. */
export interface DbConnectionOptions {
  /** `postgres://`, `mysql://`, `mariadb://` with user, password, host and database; `sqlite:./app.db`. */
  url: string
  /** Connections to it at most; 50 by default, 4 to a SQLite file. */
  poolMax?: number
  /** How long one waits for a connection, `FW_DB_BUSY` then; 30 s by default. Over SQLite also for the file's lock. */
  waitMsMax?: number
  /** A connection that nobody has used for this long is closed; 30 s by default. */
  idleMs?: number
  /** How long a connection may take to be made, `FW_DB_UNREACHABLE` then; 10 s by default. */
  connectMsMax?: number
  /** A statement may take this long, `FW_CALL_TIMEOUT` then, and the server is told to end it; 5 min by default. */
  statementTimeoutMs?: number
  /** Keep prepared statements; on by default. Off for poolers that hand each transaction another session. */
  prepare?: boolean
  /** URLs of read-only copies, for `Db.read()` and `{ replica: true }`. */
  replicas?: readonly string[]
}

export interface DbOptions {
  /** By name; `default` is what `Db` speaks to. A URL stands for `{ url }`. */
  connections?: Record<string, string | DbConnectionOptions>
  /** Which database a tenant's jobs speak to: a connection's name, a URL, or undefined for the default one. Asked for each call. */
  tenant?: (tenant: string) => string | undefined
  /** Pools of tenants' own URLs at a time; 100 by default. The one that was used least lately gives way, if nobody uses it. */
  tenantPoolsMax?: number
  /** Connections of each of them; 5 by default. */
  tenantPoolMax?: number
  /** Clock, timers and randomness; for tests. */
  env?: Env
}

export interface ConnectionSettings extends Required<Omit<DbConnectionOptions, 'poolMax'>> {
  poolMax: number | undefined
}

const numbers = {
  waitMsMax: 30_000,
  idleMs: 30_000,
  connectMsMax: 10_000,
  statementTimeoutMs: 300_000,
} as const

const ofConnection = ['url', 'poolMax', ...Object.keys(numbers), 'prepare', 'replicas']
const ofDb = ['connections', 'tenant', 'tenantPoolsMax', 'tenantPoolMax', 'env']

/** A URL alone is the default connection. */
export function optionsOf(given: string | DbOptions): DbOptions {
  return typeof given === 'string' ? { connections: { default: given } } : given
}

/** Throws `FW_CONFIG_INVALID`. */
export function checkDbOptions(options: DbOptions): void {
  checkNames('Db.configure', options, ofDb)
  checkCount('tenantPoolsMax', options.tenantPoolsMax)
  checkCount('tenantPoolMax', options.tenantPoolMax)
  if (options.tenant !== undefined && typeof options.tenant !== 'function') {
    throw invalid('`tenant` is a function that answers a connection’s name or a URL.')
  }
  for (const [name, connection] of Object.entries(options.connections ?? {})) settingsOf(name, connection)
}

/** One connection with its defaults filled in. Throws `FW_CONFIG_INVALID`. */
export function settingsOf(name: string, given: string | DbConnectionOptions): ConnectionSettings {
  const options = typeof given === 'string' ? { url: given } : given
  if (typeof options !== 'object' || options === null || typeof options.url !== 'string') {
    throw invalid(`The connection "${name}" is a URL, or an object with \`url\`.`)
  }
  checkNames(`The connection "${name}"`, options, ofConnection)
  for (const key of ['poolMax', ...Object.keys(numbers)] as const) {
    checkCount(`${name}.${key}`, (options as unknown as Record<string, unknown>)[key])
  }
  const { url, poolMax, prepare = true, replicas = [] } = options
  for (const each of [url, ...replicas]) targetOf(each)
  if (typeof prepare !== 'boolean') throw invalid(`\`${name}.prepare\` can be true or false.`)
  const amounts = Object.fromEntries(
    Object.entries(numbers).map(([key, value]) => [key, options[key as keyof typeof numbers] ?? value]),
  ) as Record<keyof typeof numbers, number>
  return { url, poolMax, prepare, replicas, ...amounts }
}

const ofStatement = ['timeoutMs', 'signal', 'prepare', 'replica']
const ofStream = ['timeoutMs', 'signal', 'replica', 'rowsMax']
const ofTransaction = ['isolation', 'readOnly', 'connection', 'retries', 'signal', 'rollBack']

export const known = { statement: ofStatement, stream: ofStream, transaction: ofTransaction } as const

/** Throws `FW_CONFIG_INVALID` for an option that does not exist. */
export function checkNames(who: string, options: object, known: readonly string[]): void {
  for (const name in options) {
    if (known.includes(name)) continue
    const meant = nearest(name, known)
    throw invalid(`${who} has no option \`${name}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}.`)
  }
}

function checkCount(name: string, value: unknown): void {
  if (value === undefined || value === Infinity) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return
  throw invalid(`\`${name}\` is ${JSON.stringify(value)}; it must be a whole number of at least 1.`)
}

export const invalid = (message: string): FiberWorkError => new FiberWorkError('FW_CONFIG_INVALID', message)
