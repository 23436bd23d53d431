import { defaults } from '../../src/base/defaults.ts'
import { systemEnv } from '../../src/base/env.ts'
import type { Env } from '../../src/base/env.ts'
import type { DriverTraits } from '../../src/contract/index.ts'
import { createMemoryStore } from './store.ts'
import type { MemoryStore } from './store.ts'

export interface MemoryOptions {
  /** What this driver works on. Drivers that share one see the same jobs; by default it has one of its own. */
  store?: MemoryStore
  /** Where ids come from. Time is the store's. */
  env?: Env
  /** How long a session's loans live without a renewal. Default 30,000. */
  leaseMs?: number
  /** How long dead, cancelled and quarantined jobs are kept. Default 14 days. */
  deadAgeMs?: number
}

export function withDefaults({
  env = systemEnv,
  store,
  leaseMs = defaults.leaseMs,
  deadAgeMs = defaults.deadAgeMs,
}: MemoryOptions): Required<MemoryOptions> {
  return { env, store: store ?? createMemoryStore({ env }), leaseMs, deadAgeMs }
}

export const memoryTraits: DriverTraits = Object.freeze({
  batchMax: 10_000,
  bodyBytesMax: 64 * 1_024 * 1_024,
  // A hundred years: exact to the millisecond, as every time here.
  delayMsMax: 100 * 365 * 86_400_000,
  clockStepMs: 1,
  lanesMax: 64,
  order: 'priority',
  lease: 'session',
  fence: 'store',
  replay: true,
  followUps: 'atomic',
  crashes: true,
  unique: true,
  groups: true,
  history: true,
  failures: true,
  durable: 'none',
})
