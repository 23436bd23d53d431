import type { ClientConfig } from 'pg'
import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { parsePostgresUrl } from './url.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database?schema=fiber_work&sslmode=verify-full`. Default `postgres://localhost:5432/postgres`. */
  url?: string
  /** The schema that holds tables and functions, ours alone. Letters, digits and `_`, at most 48. Default `fiber_work`. */
  schema?: string
  /** Connections for calls, 1 … 32; one more listens, and the guardian has its own. Default 3. */
  connections?: number
  /**
   * How a waiting worker hears of jobs. `auto` (default): by LISTEN where the connection reaches the server itself, and every
   * `pollMs` behind a pooler such as PgBouncer. `on` and `off` decide it.
   */
  listen?: 'auto' | 'on' | 'off'
  /** How often a waiting worker looks where it cannot listen. Default 100. */
  pollMs?: number
  /** How long the loans of a session live without renewal. Default 30,000. */
  leaseMs?: number
  /** How long dead, cancelled and quarantined jobs are kept. Default 14 days. */
  deadAgeMs?: number
  /** How long a call may take before its connection is given up. Default 10,000. */
  silenceMs?: number
  /** How long it may take to connect. Default 3,000. */
  connectTimeoutMs?: number
  env?: Env
}

export interface Settings {
  place: string
  config: ClientConfig
  anyHost: boolean
  schema: string
  connections: number
  listen: 'auto' | 'on' | 'off'
  pollMs: number
  leaseMs: number
  deadAgeMs: number
  silenceMs: number
  connectTimeoutMs: number
  env: Env
}

const numbers = {
  pollMs: 100,
  leaseMs: 30_000,
  deadAgeMs: defaults.deadAgeMs,
  silenceMs: 10_000,
  connectTimeoutMs: 3_000,
} as const

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: PostgresOptions): Settings {
  const target = parsePostgresUrl(options.url ?? 'postgres://localhost:5432/postgres')
  return {
    place: target.place,
    config: target.config,
    anyHost: target.anyHost,
    schema: schemaOf(options.schema ?? target.schema ?? 'fiber_work'),
    connections: connectionsOf(options.connections ?? target.connections ?? 3),
    listen: listenOf(options.listen ?? target.listen ?? 'auto'),
    pollMs: numberOf(options, 'pollMs'),
    leaseMs: numberOf(options, 'leaseMs'),
    deadAgeMs: numberOf(options, 'deadAgeMs'),
    silenceMs: numberOf(options, 'silenceMs'),
    connectTimeoutMs: numberOf(options, 'connectTimeoutMs'),
    env: options.env ?? systemEnv,
  }
}

/** It stands in the text of statements, between quotes: nothing that could end them, and nothing that Postgres keeps for itself. */
export function schemaOf(schema: string): string {
  if (typeof schema !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]{0,47}$/.test(schema)) {
    throw invalid(`schema is ${JSON.stringify(schema)}; 1 to 48 letters, digits and _, no digit first.`)
  }
  if (/^pg_|^information_schema$|^public$/i.test(schema)) {
    throw invalid(`schema is "${schema}"; take one that fiber-work has to itself, fiber_work for example.`)
  }
  return schema
}

function connectionsOf(connections: number): number {
  if (Number.isInteger(connections) && connections >= 1 && connections <= 32) return connections
  throw invalid(`connections is ${connections}; it must be a whole number from 1 to 32.`)
}

function listenOf(listen: string): Settings['listen'] {
  if (listen === 'auto' || listen === 'on' || listen === 'off') return listen
  throw invalid(`listen is "${listen}"; allowed are auto, on and off.`)
}

function numberOf(options: PostgresOptions, name: keyof typeof numbers): number {
  const value = options[name] ?? numbers[name]
  if (!Number.isFinite(value) || value < (name === 'deadAgeMs' ? 0 : 1)) {
    throw invalid(`${name} is ${value}; it must be a number of milliseconds above 0.`)
  }
  return value
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
