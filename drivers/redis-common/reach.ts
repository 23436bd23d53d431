import { systemEnv } from '../../src/base/env.ts'
import { Calls, connectionTo, type Reach } from './calls.ts'
import { ours } from './client.ts'
import type { Settings } from './settings.ts'
import type { Target } from './target.ts'

/** A lease that is kept every third of it survives a connection that died: it is given up, and made anew, in time. */
const leaseShare = 0.2
/** A server that is well may take this long on a busy machine, however short the lease. */
const patienceMsMin = 250

/**
 * How a guardian thread reaches the same server. Undefined where the options hold what only this thread has (a `Connector`,
 * `tls.checkServerIdentity`, a function as `natMap`): then the beats renew.
 */
export function reachOf({ target, prefix, leaseMs, ...times }: Settings): Reach | undefined {
  const silenceMs = Math.min(times.silenceMs, Math.max(patienceMsMin, leaseMs * leaseShare))
  const connectTimeoutMs = Math.min(times.connectTimeoutMs, Math.max(patienceMsMin, leaseMs * leaseShare))
  try {
    return structuredClone({ target: toClone(target), prefix, silenceMs, connectTimeoutMs })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return undefined
    throw error
  }
}

/** In the guardian thread: a connection of its own. */
export function guardianCalls(reach: Reach): Calls {
  return new Calls(connectionTo({ ...reach, env: systemEnv }, 'fiber-work:guardian'), reach)
}

/** What only one connection would use, and what is ours to set, need not be cloned. */
function toClone(target: Target): Target {
  const kept = Object.entries(target.options).filter(([name]) => !(name in ours))
  return { ...target, options: Object.fromEntries(kept) }
}
