import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'

export interface SqliteOptions {
  /** The file. Its folder must exist and be writable: SQLite keeps two more files beside it (`-wal`, `-shm`). */
  path: string
  /**
   * - `normal` (default): what was acknowledged survives a crash of the process; a power cut may take the last moments,
   *   never more and never half a transaction.
   * - `full`: each transaction is on the disk before it is acknowledged; it costs one fsync a call.
   */
  durability?: 'normal' | 'full'
  /** How long the loans of a session live without renewal. Default 30,000. */
  leaseMs?: number
  /** How long a call waits for other writers of the file before it fails (retryable). Default 5,000. */
  busyTimeoutMs?: number
  /** How often a waiting worker looks for what other processes have written. Default 20. */
  pollMs?: number
  /** How long dead, cancelled and quarantined jobs are kept. Default 14 days. */
  deadAgeMs?: number
  /** Page cache of the connection. Default 16 MiB. */
  cacheBytes?: number
  /** Accept a file that holds tables of somebody else: ours are called `fw_…`. Default false: such a file is refused. */
  share?: boolean
  env?: Env
}

export type Settings = Required<SqliteOptions>

const numbers = {
  leaseMs: 30_000,
  busyTimeoutMs: 5_000,
  pollMs: 20,
  deadAgeMs: defaults.deadAgeMs,
  cacheBytes: 16 * 1024 * 1024,
} as const

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: SqliteOptions): Settings {
  const settings: Settings = { durability: 'normal', share: false, env: systemEnv, ...numbers, ...present(options) }
  if (typeof settings.path !== 'string' || settings.path === '') {
    throw new FiberWorkError('FW_CONFIG_INVALID', `path is ${JSON.stringify(settings.path)}; give the path of a file`)
  }
  if (settings.durability !== 'normal' && settings.durability !== 'full') {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `durability is "${String(settings.durability)}"; allowed: normal, full`,
    )
  }
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = settings[name]
    if (!Number.isFinite(value) || value < 0 || (name === 'leaseMs' && value < 1)) {
      throw new FiberWorkError('FW_CONFIG_INVALID', `${name} is ${value}; it must be a number of at least 0`)
    }
  }
  return settings
}

/** An option that was given as undefined was not given. */
function present(options: SqliteOptions): SqliteOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as SqliteOptions
}
