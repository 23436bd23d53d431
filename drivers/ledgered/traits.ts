import { type Driver, type DriverTraits, FiberWorkError } from '../../src/contract/index.ts'

/** Each batch is some thousand small records to the ledger. */
const batchMax = 500

const durabilities = ['none', 'process', 'system', 'power'] as const

/** What a broker can do with a ledger beside it: of what only the broker can do, what it could before. */
export function traitsOf(broker: Driver, ledger: Driver): DriverTraits {
  const { traits } = broker
  const durable = durabilities[Math.min(...[broker, ledger].map(({ traits }) => durabilities.indexOf(traits.durable)))]!
  return Object.freeze({
    ...traits,
    batchMax: Math.min(traits.batchMax, ledger.traits.batchMax, batchMax),
    // One is ours: for what is published without a call of the core's.
    lanesMax: traits.lanesMax - 1,
    fence: 'store',
    replay: false,
    followUps: 'none',
    crashes: true,
    unique: true,
    groups: false,
    history: true,
    failures: false,
    durable,
  })
}

/** Throws `FW_CONFIG_INVALID`, `FW_DRIVER_TRAIT`. */
export function checkPair(broker: Driver, ledger: Driver): void {
  if (ledger.ledger === undefined) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `\`ledger\` names a store of the ${ledger.name} driver, which keeps no records (facet \`ledger\`). Give it a redis:, sqlite: or SQL store.`,
    )
  }
  if (broker.traits.lanesMax < 2) {
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `The ${broker.name} driver allows one call at a time (trait \`lanesMax\`); with a ledger it takes two.`,
    )
  }
}
