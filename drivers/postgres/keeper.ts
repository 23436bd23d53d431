import { systemEnv } from '../../src/base/env.ts'
import type { KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { wire } from './codec.ts'
import { Connection, type Reach } from './connection.ts'
import { loanedOf } from './loans.ts'
import type { Settings } from './options.ts'
import { statementOf, valuesOf } from './statements.ts'

/** A lease that is kept every third of it survives a connection that died: it is given up, and made anew, in time. */
const leaseShare = 0.2
/** A server that is well may take this long on a busy machine, however short the lease. */
const patienceMsMin = 250

/** How a guardian thread reaches the same schema. */
export function keeperOf({ place, config, anyHost, schema, leaseMs, ...times }: Settings): KeeperSpec {
  const most = (ms: number) => Math.min(ms, Math.max(patienceMsMin, leaseMs * leaseShare))
  const silenceMs = most(times.silenceMs)
  const connectTimeoutMs = most(times.connectTimeoutMs)
  return { module: import.meta.url, settings: { place, config, anyHost, schema, silenceMs, connectTimeoutMs } }
}

/** In the guardian thread: one session's lease, on a connection of its own. */
export const makeKeeper: MakeKeeper = async (settings) => {
  const reach: Reach = { ...(settings as Omit<Reach, 'env'>), env: systemEnv }
  const connection = new Connection(reach, 'fiber-work:guardian')
  const [renew, accuse] = [statementOf(reach.schema, 'renew'), statementOf(reach.schema, 'accuse')]
  return {
    async renew(session, health) {
      const [row] = await connection.query(renew, valuesOf([session, wire(health)]), 'renew')
      return row!['answer'] === 'true' ? 'alive' : 'revoked'
    },
    async accuse(session, receipts) {
      const loans = receipts.flatMap((receipt) => loanedOf(receipt) ?? []).map(({ loan, n }) => [loan, n])
      await connection.query(accuse, valuesOf([session, JSON.stringify(loans)]), 'accuse')
    },
    async close() {
      connection.close()
    },
  }
}
