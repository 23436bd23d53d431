import type { KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import type { Reach } from '../redis-common/calls.ts'
import { guardianCalls, reachOf } from '../redis-common/reach.ts'
import type { Settings } from '../redis-common/settings.ts'
import { placeOf } from './loans.ts'
import { loadScript } from './script.ts'

/** Undefined where no other thread could reach the server: then the beats renew. */
export function keeperOf(settings: Settings): KeeperSpec | undefined {
  const reach = reachOf(settings)
  return reach === undefined ? undefined : { module: import.meta.url, settings: reach }
}

/** In the guardian thread: one session's lease. */
export const makeKeeper: MakeKeeper = async (settings) => {
  const calls = guardianCalls(settings as Reach)
  const [renew, accuse] = [loadScript('renew'), loadScript('accuse')]
  return {
    async renew(session, health) {
      return (await calls.run(renew, [idOf(session), health])) === 1 ? 'alive' : 'revoked'
    },
    async accuse(session, receipts) {
      await calls.run(accuse, [idOf(session), JSON.stringify(receipts.map((receipt) => placeOf(receipt).loan))])
    },
    async close() {
      calls.close()
    },
  }
}

/** The scripts know a session by the last part of its name. */
const idOf = (session: string): string => session.slice(session.lastIndexOf(':') + 1)
