import type { RedisOptions } from 'ioredis'
import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'

export interface BullmqOptions {
  /** `bullmq+redis://user:password@host:6379/0?prefix=bull`, or `bullmq+rediss://…` for TLS. Default `bullmq+redis://127.0.0.1:6379/0`. */
  url?: string
  /** The `prefix` that the queues were made with; goes before the one in the URL. Default `bull`. */
  prefix?: string
  /** What a URL cannot say, certificates and sentinels for example: options of ioredis, which go before the URL's. */
  redis?: RedisOptions
  /** How long a job's lock lives without renewal: BullMQ's `lockDuration`. Default 30,000. */
  leaseMs?: number
  env?: Env
}

export interface Settings {
  redis: RedisOptions
  prefix: string
  leaseMs: number
  env: Env
  /** For messages: host and port, no password. */
  place: string
}

const urlDefault = 'bullmq+redis://127.0.0.1:6379/0'

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: BullmqOptions): Settings {
  const url = options.url ?? urlDefault
  const { redis, prefix, place } = parseUrl(url)
  const leaseMs = options.leaseMs ?? defaults.leaseMs
  if (!Number.isFinite(leaseMs) || leaseMs < 10) throw invalid(`leaseMs is ${leaseMs}; it must be a number from 10 on.`)
  const settings = {
    redis: { ...redis, ...options.redis },
    prefix: options.prefix ?? prefix ?? 'bull',
    leaseMs,
    env: options.env ?? systemEnv,
    place,
  }
  if (settings.redis.keyPrefix !== undefined) throw invalid('BullMQ takes no `keyPrefix`; its own word is `prefix`.')
  if (settings.prefix === '') throw invalid('prefix is empty; leave it out for BullMQ’s own, which is bull.')
  return settings
}

function parseUrl(text: string): { redis: RedisOptions; prefix: string | undefined; place: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const tls = url?.protocol === 'bullmq+rediss:'
  if (url === undefined || (url.protocol !== 'bullmq+redis:' && !tls)) {
    throw invalid(`"${redactUrl(text)}" is not of the form bullmq+redis://user:password@host:port/db?prefix=bull.`)
  }
  for (const name of url.searchParams.keys()) {
    if (name === 'prefix') continue
    const hint = nearest(name, ['prefix']) === undefined ? 'Known is prefix.' : 'Did you mean "prefix"?'
    throw invalid(`The URL has an unknown parameter "${name}". ${hint}`)
  }
  const db = url.pathname.replace(/^\//, '')
  if (!/^\d*$/.test(db)) throw invalid(`The database in the URL is "${db}"; it must be a number: /0.`)
  // A raw IPv6 host has brackets in a URL, and none in what a socket is told.
  const host = decoded(url.hostname || '127.0.0.1').replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 6379 : Number(url.port)
  return {
    place: `${host}:${port}`,
    prefix: url.searchParams.get('prefix') ?? undefined,
    redis: {
      host,
      port,
      db: Number(db || 0),
      ...(url.username !== '' && { username: decoded(url.username) }),
      ...(url.password !== '' && { password: decoded(url.password) }),
      ...(tls && { tls: {} }),
    },
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('User, password or host of the URL has a % that escapes nothing; write it as %25.')
  }
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
