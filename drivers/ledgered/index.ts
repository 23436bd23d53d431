import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import type { Driver } from '../../src/contract/index.ts'
import { LedgeredDriver } from './driver.ts'

export interface LedgeredOptions {
  env?: Env
  /** As the broker's driver has it. Default 30,000. */
  leaseMs?: number
  /** How long dead, cancelled and quarantined jobs are kept. Default 14 days. */
  deadAgeMs?: number
}

/**
 * A driver of a broker, with what the broker lacks in the ledger of another store. Both are the driver's from now on: it opens and closes
 * them. Throws `FW_CONFIG_INVALID`, `FW_DRIVER_TRAIT`.
 */
export function ledgeredDriver(
  broker: Driver,
  ledger: Driver,
  { env = systemEnv, leaseMs = defaults.leaseMs, deadAgeMs = defaults.deadAgeMs }: LedgeredOptions = {},
): Driver {
  return new LedgeredDriver(broker, ledger, { env, leaseMs, deadAgeMs })
}
