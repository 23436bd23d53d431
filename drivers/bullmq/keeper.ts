import type { Queue } from 'bullmq'
import type { Keeper, KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { systemEnv } from '../../src/base/env.ts'
import { toFiberWorkError } from './errors.ts'
import { Link } from './link.ts'
import { Notes } from './notes.ts'
import type { Settings } from './options.ts'
import { renewLocks } from './renew.ts'

/** What goes to the thread: everything but the clock. */
type KeeperSettings = Omit<Settings, 'env'>

/**
 * How a guardian's thread reaches the same Redis. Undefined where the options hold what only this thread has (a function of a
 * certificate check, for example): then the beats renew.
 */
export function keeperOf({ env: _env, ...settings }: Settings): KeeperSpec | undefined {
  try {
    return { module: import.meta.url, settings: structuredClone(settings) satisfies KeeperSettings }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return undefined
    throw error
  }
}

/**
 * Renews the locks of a session's jobs from the guardian's thread, on a connection of its own. Which jobs those are it reads from the
 * session's notes; a lock that is lost is told to the worker's next beat. BullMQ knows no sessions, so that one is never revoked as
 * a whole, and its stalled check accuses nobody.
 */
export const makeKeeper: MakeKeeper = async (settings) => {
  const { leaseMs, place, ...rest } = settings as KeeperSettings
  const link = await Link.open({ ...rest, leaseMs, place, env: systemEnv })
  const notes = new Notes(link.redis, leaseMs)
  const queue = (name: string): Queue => link.queue(name)
  const keeper: Keeper = {
    async renew(session) {
      try {
        const lost = await renewLocks(await notes.all(session), leaseMs, { queue, packages: link.packages })
        await notes.tellLost(session, lost)
        return 'alive'
      } catch (error) {
        throw toFiberWorkError(error, place)
      }
    },
    accuse: async () => {},
    close: () => link.close(),
  }
  return keeper
}
