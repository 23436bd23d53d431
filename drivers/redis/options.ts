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

export interface RedisOptions {
  /**
   * Where the server is; `redis://127.0.0.1:6379` by default.
   *
   * - A URL: `redis://`, `rediss://` (TLS), `redis+sentinel://h1,h2/name`, `redis+cluster://h1,h2`.
   * - ioredis' own options, and `cluster: [{ host, port }]`.
   * - Your own `Redis` or `Cluster` of ioredis. Nothing is sent over it, and it is never closed: connections of our own are
   *   made with its options.
   */
  redis?: string | RedisServer | IoredisInstance
  /** All keys begin with `{installation}:`, so that they live on one node of a cluster. Default `fiber-work`. */
  installation?: string
  /** Goes before that, as in ioredis: `app:{fiber-work}:`. Default: that of the instance, else none. */
  keyPrefix?: string
  /**
   * How many hash tags the installation is divided into (`{fiber-work.0}:` …), so that it spreads over the nodes of a cluster; 1 by
   * default. It stays as it was when the installation was made. docs/sharding.md tells what it gives and takes.
   */
  shards?: number
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
  prefix: string
  shards: number
  leaseMs: number
  deadAgeMs: number
  silenceMs: number
  connectTimeoutMs: number
  env: Env
}

const numbers = { leaseMs: 30_000, deadAgeMs: defaults.deadAgeMs, silenceMs: 3_000, connectTimeoutMs: 3_000 } as const

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: RedisOptions): Settings {
  const { target, installation, keyPrefix, shards } = placeOf(
    options.redis === undefined ? 'redis://127.0.0.1:6379' : options.redis,
  )
  return {
    target,
    prefix: prefixOf(options.installation ?? installation ?? 'fiber-work', options.keyPrefix ?? keyPrefix ?? ''),
    shards: shardsOf(options.shards ?? shards ?? 1),
    leaseMs: numberOf(options, 'leaseMs'),
    deadAgeMs: numberOf(options, 'deadAgeMs'),
    silenceMs: numberOf(options, 'silenceMs'),
    connectTimeoutMs: numberOf(options, 'connectTimeoutMs'),
    env: options.env ?? systemEnv,
  }
}

interface Place {
  target: Target
  installation?: string
  keyPrefix?: string
  shards?: number
}

function placeOf(redis: string | RedisServer | IoredisInstance): Place {
  if (typeof redis === 'string') {
    const { target, options } = parseRedisUrl(redis)
    return { target, ...options }
  }
  if (typeof redis !== 'object' || redis === null) {
    throw invalid(`redis is ${JSON.stringify(redis)}; give a URL, options of ioredis, or an instance of it.`)
  }
  if (isInstance(redis)) return targetOfInstance(redis)
  const { cluster = [], keyPrefix, ...options } = redis
  const nodes = cluster.map((node) => nodeOf(node, defaultPort.cluster))
  return { target: targetOf(options as IoredisOptions, nodes), ...(typeof keyPrefix === 'string' && { keyPrefix }) }
}

/** One hash tag an installation: everything that one script touches lives on one node. */
function prefixOf(installation: string, keyPrefix: string): string {
  for (const [name, text] of [
    ['installation', installation],
    ['keyPrefix', keyPrefix],
  ] as const) {
    if (typeof text !== 'string' || text.length > 128 || /[{}\p{Cc}\p{Cs}]/u.test(text)) {
      throw invalid(
        `${name} is ${JSON.stringify(text)}; at most 128 characters, without braces and control characters.`,
      )
    }
  }
  if (installation === '') throw invalid('installation is empty; leave it out for "fiber-work".')
  return `${keyPrefix}{${installation}}:`
}

/** What one shard has as its prefix: `{fiber-work}:` divided is `{fiber-work.0}:`, `{fiber-work.1}:` … */
export const prefixOfShard = (prefix: string, shard: number): string => prefix.replace(/\}:$/, `.${shard}}:`)

const shardsMax = 64

function shardsOf(shards: number): number {
  if (Number.isInteger(shards) && shards >= 1 && shards <= shardsMax) return shards
  throw invalid(`shards is ${shards}; it must be a whole number from 1 to ${shardsMax}.`)
}

function numberOf(options: RedisOptions, name: keyof typeof numbers): number {
  const value = options[name] ?? numbers[name]
  if (!Number.isFinite(value) || value < (name === 'deadAgeMs' ? 0 : 1)) {
    throw invalid(`${name} is ${value}; it must be a number of milliseconds above 0.`)
  }
  return value
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
