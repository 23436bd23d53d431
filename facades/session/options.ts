import type { Env } from '../../src/base/env.ts'
import {
  anyValue,
  checkFields,
  type FieldCheck,
  flag,
  keyPrefix,
  redisTarget,
  wholeNumber,
} from '../../src/base/fields.ts'
import type { RedisTarget } from '../../src/base/redis-target.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { SessionStore } from './store.ts'

/** How sessions are kept. Everything has a default. */
export interface SessionOptions {
  /** Keep them in this Redis, for all processes: a URL, or an ioredis client (which is copied). */
  redis?: RedisTarget
  /** Keep them in a store of your own. Default, without `redis` and `store`: the memory of this process. */
  store?: SessionStore
  /** Before every key in Redis, `fiber-work:session:` by default. */
  prefix?: string
  /** A session that nobody has written for so long is forgotten; a day by default. */
  ttlMs?: number
  /** Most sessions in memory, 10,000 by default; those not used for longest leave. */
  entriesMax?: number
  /** Largest value as JSON, 64 KiB by default. `FW_SESSION_TOO_LARGE`. */
  valueBytesMax?: number
  /** Largest session, 256 KiB by default. `FW_SESSION_TOO_LARGE`. */
  bytesMax?: number
  /** How long `update` tries against others who change the same session, 5 s by default. `FW_SESSION_CONFLICT`. */
  updateMsMax?: number
  /** Redis must answer within this time; 2 s by default. */
  callMsMax?: number
  /** Write what a job has set also when its handler throws. Default false. */
  keepOnFailure?: boolean
  /** Clock, timers and ids. Default: the system's. */
  env?: Env
}

type Given = 'redis' | 'store' | 'env'
export type Settings = Required<Omit<SessionOptions, Given>> & Pick<SessionOptions, 'redis' | 'store'>

const dayMs = 86_400_000

const defaults: Settings = {
  prefix: 'fiber-work:session:',
  ttlMs: dayMs,
  entriesMax: 10_000,
  valueBytesMax: 65_536,
  bytesMax: 262_144,
  updateMsMax: 5_000,
  callMsMax: 2_000,
  keepOnFailure: false,
}

const aStore: FieldCheck = (value) =>
  typeof value === 'object' && value !== null && 'read' in value && 'write' in value
    ? undefined
    : 'an object with `read` and `write`'

const table = {
  redis: redisTarget,
  store: aStore,
  prefix: keyPrefix,
  ttlMs: wholeNumber(1, 365 * dayMs),
  entriesMax: wholeNumber(1, 10_000_000),
  valueBytesMax: wholeNumber(1, 512 * 1_048_576),
  bytesMax: wholeNumber(1, 512 * 1_048_576),
  updateMsMax: wholeNumber(1, 3_600_000),
  callMsMax: wholeNumber(1, 3_600_000),
  keepOnFailure: flag,
  env: anyValue,
}

/** A clock is given to whoever is made with it: not to what runs already. */
const { env: _, ...ofConfigure } = table

/** Throws `FW_CONFIG_INVALID`. */
export function checkConfigure(options: SessionOptions): void {
  checkFields('Session.configure', options, ofConfigure)
}

/** Throws `FW_CONFIG_INVALID`. */
export function settingsOf(where: string, options: SessionOptions): Settings {
  checkFields(where, options, table)
  if (options.redis !== undefined && options.store !== undefined) {
    throw new FiberWorkError('FW_CONFIG_INVALID', `${where}: give \`redis\` or \`store\`, not both.`)
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...defaults, ...given }
}
