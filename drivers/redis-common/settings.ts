import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { isInstance, type IoredisInstance, targetOfInstance } from './instance.ts'
import { defaultPort, type IoredisOptions, type Node, nodeOf, type Target, targetOf } from './target.ts'
import { parseRedisUrl } from './url.ts'

/** ioredis' own options (`host`, `port`, `username`, `password`, `db`, `tls`, `sentinels`, `name` …); `cluster` lists nodes of a cluster. */
export interface RedisServer {
  cluster?: readonly Node[]
  [option: string]: unknown
}

/** What every driver on Redis may be told of its server and its times. */
export interface ServerOptions {
  /**
   * Where the server is; `redis://127.0.0.1:6379` by default.
   *
   * - A URL: `redis://`, `rediss://` (TLS), `redis+sentinel://h1,h2/name`, `redis+cluster://h1,h2`.
   * - ioredis' own options, and `cluster: [{ host, port }]`.
   * - Your own `Redis` or `Cluster` of ioredis. Nothing is sent over it, and it is never closed: connections of our own are
   *   made with its options.
   */
  redis?: string | RedisServer | IoredisInstance
  /** How long the loans of a session live without renewal. Default 30,000. */
  leaseMs?: number
  /** How long dead, cancelled and quarantined jobs are kept. Default 14 days. */
  deadAgeMs?: number
  /** How long the server may be silent while calls wait for it, before the connection is given up and made anew. Default 3,000. */
  silenceMs?: number
  /** How long it may take to connect. Default 3,000. */
  connectTimeoutMs?: number
  env?: Env
}

export interface Settings {
  target: Target
  /** What all keys begin with. Holds the hash tag. */
  prefix: string
  leaseMs: number
  deadAgeMs: number
  silenceMs: number
  connectTimeoutMs: number
  env: Env
}

const numbers = { leaseMs: 30_000, deadAgeMs: defaults.deadAgeMs, silenceMs: 3_000, connectTimeoutMs: 3_000 } as const

/** Where the server is, and what was said with it: `own` are the driver's parameters of a URL. */
export interface Place<Own extends string> {
  target: Target
  given: Partial<Record<Own, string>>
  /** Of ioredis' own options. */
  keyPrefix?: string
}

/** @throws FW_CONFIG_INVALID */
export function placeOf<Own extends string>(redis: ServerOptions['redis'], own: readonly Own[]): Place<Own> {
  if (redis === undefined) return placeOf('redis://127.0.0.1:6379', own)
  if (typeof redis === 'string') return parseRedisUrl(redis, own)
  if (typeof redis !== 'object' || redis === null) {
    throw invalid(`redis is ${JSON.stringify(redis)}; give a URL, options of ioredis, or an instance of it.`)
  }
  if (isInstance(redis)) return { ...targetOfInstance(redis), given: {} }
  const { cluster = [], keyPrefix, ...options } = redis
  const nodes = cluster.map((node) => nodeOf(node, defaultPort.cluster))
  return {
    target: targetOf(options as IoredisOptions, nodes),
    given: {},
    ...(typeof keyPrefix === 'string' && { keyPrefix }),
  }
}

/** All but the place. @throws FW_CONFIG_INVALID */
export function timesOf(options: ServerOptions): Omit<Settings, 'target' | 'prefix'> {
  return {
    leaseMs: numberOf(options, 'leaseMs'),
    deadAgeMs: numberOf(options, 'deadAgeMs'),
    silenceMs: numberOf(options, 'silenceMs'),
    connectTimeoutMs: numberOf(options, 'connectTimeoutMs'),
    env: options.env ?? systemEnv,
  }
}

/** A name as a part of what all keys begin with: braces would say where on a cluster they lie. @throws FW_CONFIG_INVALID */
export function keyPart(name: string, text: string): string {
  if (typeof text === 'string' && text.length <= 128 && !/[{}\p{Cc}\p{Cs}]/u.test(text)) return text
  throw invalid(`${name} is ${JSON.stringify(text)}; at most 128 characters, without braces and control characters.`)
}

function numberOf(options: ServerOptions, name: keyof typeof numbers): number {
  const value = options[name] ?? numbers[name]
  if (!Number.isFinite(value) || value < (name === 'deadAgeMs' ? 0 : 1)) {
    throw invalid(`${name} is ${value}; it must be a number of milliseconds above 0.`)
  }
  return value
}

export function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
