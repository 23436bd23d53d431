import { machineMs, systemEnv } from '../../src/base/env.ts'
import type { KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { KeeperEnd } from './channel.ts'
import { Link } from './link.ts'
import { toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'
import { extend } from './visibility.ts'

/** What goes to the thread. */
type KeeperSettings = Omit<Settings, 'env' | 'bodies'> & { channel: string }

/**
 * How a guardian's thread keeps this driver's messages hidden. Undefined where the options of the client hold what only this thread has
 * (functions that find credentials, for example): then the beats do it.
 */
export function keeperOf(
  { env: _env, bodies: _bodies, ...settings }: Settings,
  channel: string,
): KeeperSpec | undefined {
  try {
    return { module: import.meta.url, settings: structuredClone({ ...settings, channel }) satisfies KeeperSettings }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return undefined
    throw error
  }
}

/**
 * Extends visibility timeouts from the guardian's thread, with a client of its own. What is held it hears from the worker's thread as soon as that
 * has received it. SQS knows no sessions, so that one is never revoked as a whole, and nobody is accused of a crash.
 */
export const makeKeeper: MakeKeeper = async (given) => {
  const { channel, ...settings } = given as KeeperSettings
  // It listens before it loads its client, which takes a second or more: the worker's loop may stand still by then.
  const end = new KeeperEnd(channel)
  const link = await Link.open({ ...settings, env: systemEnv, bodies: undefined }).catch((error: unknown) => {
    end.close()
    throw error
  })
  return {
    async renew() {
      const nowMs = machineMs()
      const all = [...end.held.values()]
      const before = new Map(all.map((held) => [held, held.hiddenUntilMs]))
      try {
        const lost = await extend(link, all, nowMs)
        if (lost.length > 0) end.lost(lost.map(({ number }) => number))
        return 'alive'
      } catch (error) {
        throw toFiberWorkError(error, settings.place)
      } finally {
        const hidden = all.filter((held) => before.get(held) !== held.hiddenUntilMs)
        if (hidden.length > 0) end.hidden(hidden.map(({ number, hiddenUntilMs }) => [number, hiddenUntilMs]))
      }
    },
    accuse: async () => {},
    async close() {
      end.close()
      link.close()
    },
  }
}
