import { nearest } from '../base/nearest.ts'
import { redactUrl } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { registered, type Store, type StoreOptions } from './registered.ts'

export type { Store, StoreOptions } from './registered.ts'

type Scheme = (text: string, options: StoreOptions) => Promise<Store>

/** The driver reads its URL itself: hosts, credentials and parameters are its own affair. */
async function redis(text: string, options: StoreOptions): Promise<Store> {
  const { redisStore } = await import('../../drivers/redis/index.ts')
  return redisStore({ redis: text, ...options })
}

async function redisStreams(text: string, options: StoreOptions): Promise<Store> {
  const { redisStreamsStore } = await import('../../drivers/redis-streams/index.ts')
  return redisStreamsStore(text, options)
}

async function bullmq(text: string, options: StoreOptions): Promise<Store> {
  const { bullmqDriver } = await import('../../drivers/bullmq/index.ts')
  return () => bullmqDriver({ url: text, ...options })
}

async function sqs(text: string, options: StoreOptions): Promise<Store> {
  const { sqsStore } = await import('../../drivers/sqs/index.ts')
  return sqsStore(text, options)
}

async function postgres(text: string, options: StoreOptions): Promise<Store> {
  const { postgresStore } = await import('../../drivers/postgres/index.ts')
  return postgresStore(text, options)
}

async function mysql(text: string, options: StoreOptions): Promise<Store> {
  const { mysqlStore } = await import('../../drivers/mysql/index.ts')
  return mysqlStore(text, options)
}

async function rabbitmq(text: string, { env }: StoreOptions): Promise<Store> {
  const { rabbitmqStore } = await import('../../drivers/rabbitmq/index.ts')
  return rabbitmqStore(text, { env })
}

/** The only place that knows which driver of ours serves which URL; `registered.ts` holds those of others. A driver is loaded when its scheme is used. */
const schemes: Record<string, Scheme> = {
  'memory:': async (text, options) => {
    const { createMemoryStore, memoryDriver } = await import('../../drivers/memory/index.ts')
    allowParameters(parsed(text), [])
    const store = createMemoryStore({ env: options.env })
    return () => memoryDriver({ store, ...options })
  },
  'sqlite:': async (text, options) => {
    const { sqliteDriver } = await import('../../drivers/sqlite/index.ts')
    const { durability, share } = allowParameters(parsed(text), ['durability', 'share'])
    const path = sqlitePath(text)
    if (durability !== undefined && durability !== 'normal' && durability !== 'full') {
      throw invalid(`durability is "${durability}"; allowed are normal and full.`)
    }
    if (share !== undefined && share !== 'true' && share !== 'false') {
      throw invalid(
        `share is "${share}"; allowed are true (jobs live in the file of your application, beside its tables) and false.`,
      )
    }
    return () =>
      sqliteDriver({ path, share: share === 'true', ...(durability !== undefined && { durability }), ...options })
  },
  'redis:': redis,
  'rediss:': redis,
  'redis+sentinel:': redis,
  'rediss+sentinel:': redis,
  'redis+cluster:': redis,
  'rediss+cluster:': redis,
  'redis+streams:': redisStreams,
  'rediss+streams:': redisStreams,
  'redis+streams+sentinel:': redisStreams,
  'rediss+streams+sentinel:': redisStreams,
  'redis+streams+cluster:': redisStreams,
  'rediss+streams+cluster:': redisStreams,
  'mysql:': mysql,
  'mariadb:': mysql,
  'bullmq+redis:': bullmq,
  'bullmq+rediss:': bullmq,
  'sqs:': sqs,
  'sqs+http:': sqs,
  'sqs+https:': sqs,
  'postgres:': postgres,
  'postgresql:': postgres,
  'amqp:': rabbitmq,
  'amqps:': rabbitmq,
}

/** Throws `FW_DRIVER_MISSING`, `FW_CONFIG_INVALID`. */
export async function openStore(text: string, options: StoreOptions): Promise<Store> {
  // Not by the parser of URLs: it knows of one host, and a cluster has many.
  const protocol = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0].toLowerCase()
  if (protocol === undefined) throw notUrl(text)
  const scheme = Object.hasOwn(schemes, protocol) ? schemes[protocol] : undefined
  if (scheme !== undefined) return scheme(text, options)
  const registration = registered.get(protocol)
  if (registration === undefined) throw unknown(protocol)
  return registration.store(text, options)
}

export const builtInSchemes = (): string[] => Object.keys(schemes)

function parsed(text: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw notUrl(text)
}

function notUrl(text: string): FiberWorkError {
  return invalid(
    `"${redactUrl(text)}" is not a store URL; write sqlite:./jobs.db, redis://127.0.0.1 or memory: for example.`,
  )
}

/** The path of `sqlite:./a.db`, `sqlite:/tmp/a.db` or `sqlite:///tmp/a.db`: from the text, because a parsed URL loses what is relative. */
export function sqlitePath(text: string): string {
  const path = text
    .slice(text.indexOf(':') + 1)
    .replace(/[?#].*$/s, '')
    .replace(/^\/\/(?=\/)/, '')
  if (path === '') throw invalid('A sqlite URL needs a path: sqlite:./jobs.db')
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalid(`The path "${path}" of the sqlite URL has a % that escapes nothing; write it as %25.`)
  }
}

function allowParameters(url: URL, known: string[]): Record<string, string | undefined> {
  for (const name of url.searchParams.keys()) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    const hint = near === undefined ? `Known are: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`
    throw invalid(`The store URL has an unknown parameter "${name}". ${hint}`)
  }
  return Object.fromEntries(url.searchParams)
}

function unknown(protocol: string): FiberWorkError {
  const known = [...Object.keys(schemes), ...registered.keys()]
  const near = nearest(protocol, known)
  const hint =
    near === undefined
      ? `Known are ${known.join(' ')}. A driver of your own is named with --driver FILE, or by registerDriver.`
      : `Did you mean "${near}"?`
  return new FiberWorkError('FW_DRIVER_MISSING', `No driver serves "${protocol}". ${hint}`)
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
