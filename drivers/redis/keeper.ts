import { systemEnv } from '../../src/base/env.ts'
import type { KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { Calls, connectionTo, type Reach } from './calls.ts'
import { ours } from './client.ts'
import { placeOf } from './loans.ts'
import type { Settings } from './options.ts'
import { loadScript } from './script.ts'
import type { Target } from './target.ts'

/** A lease that is kept every third of it survives a connection that died: it is given up, and made anew, in time. */
const leaseShare = 0.2
/** A server that is well may take this long on a busy machine, however short the lease. */
const patienceMsMin = 250

/**
 * How a guardian thread reaches the same server. Undefined where the options hold what only this thread has (a `Connector`,
 * `tls.checkServerIdentity`, a function as `natMap`): then the beats renew.
 */
export function keeperOf({ target, prefix, leaseMs, ...times }: Settings): KeeperSpec | undefined {
  const silenceMs = Math.min(times.silenceMs, Math.max(patienceMsMin, leaseMs * leaseShare))
  const connectTimeoutMs = Math.min(times.connectTimeoutMs, Math.max(patienceMsMin, leaseMs * leaseShare))
  try {
    const reach: Reach = { target: toClone(target), prefix, silenceMs, connectTimeoutMs }
    return { module: import.meta.url, settings: structuredClone(reach) }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return undefined
    throw error
  }
}

/** What only one connection would use, and what is ours to set, need not be cloned. */
function toClone(target: Target): Target {
  const kept = Object.entries(target.options).filter(([name]) => !(name in ours))
  return { ...target, options: Object.fromEntries(kept) }
}

/** In the guardian thread: one session's lease, on a connection of its own. */
export const makeKeeper: MakeKeeper = async (settings) => {
  const reach = settings as Reach
  const calls = new Calls(connectionTo({ ...reach, env: systemEnv }, 'fiber-work:guardian'), reach)
  const [renew, accuse] = [loadScript('renew'), loadScript('accuse')]
  return {
    async renew(session, health) {
      return (await calls.run(renew, [idOf(session), health])) === 1 ? 'alive' : 'revoked'
    },
    async accuse(session, receipts) {
      const places = receipts.map(placeOf).map(({ loan, place }) => `${loan}.${place}`)
      await calls.run(accuse, [idOf(session), JSON.stringify(places)])
    },
    async close() {
      calls.close()
    },
  }
}

/** The scripts know a session by the last part of its name. */
const idOf = (session: string): string => session.slice(session.lastIndexOf(':') + 1)
