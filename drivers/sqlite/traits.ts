import type { DriverTraits } from '../../src/contract/index.ts'
import type { Settings } from './options.ts'

export function traitsOf({ durability }: Settings): DriverTraits {
  return {
    batchMax: 1_000,
    bodyBytesMax: 64 * 1024 * 1024,
    delayMsMax: 100 * 365 * 86_400_000,
    clockStepMs: 1,
    lanesMax: 16,
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
    durable: durability === 'full' ? 'power' : 'system',
  }
}
