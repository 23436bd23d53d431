import { systemEnv } from '../../src/base/env.ts'
import type { KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { pack } from './codec.ts'
import { Link } from './link.ts'
import type { Settings } from './options.ts'
import { askAlive, renew, sessionStates } from './session.ts'
import { quoted } from './sql.ts'

/** What can be cloned to a thread. */
type Reach = Omit<Settings, 'env'>

/** How a guardian thread reaches the same tables. */
export function keeperOf(settings: Settings): KeeperSpec {
  const { env: _env, ...rest } = settings
  return { module: import.meta.url, settings: { ...rest, connectionsMax: 1 } satisfies Reach }
}

/** In the guardian thread: one session's lease, on a connection of its own that is made anew when it breaks. */
export const makeKeeper: MakeKeeper = async (settings) => {
  const link = new Link({ ...(settings as Reach), env: systemEnv })
  await link.open()
  const numbers = new Map<string, number>()
  const numberOf = async (session: string): Promise<number | undefined> => {
    const known = numbers.get(session)
    if (known !== undefined) return known
    const [rows = []] = await link.run('renew', [
      `select s from ${link.t.session} where name = ${quoted(pack(session))}`,
    ])
    const s = rows[0]?.[0] as number | undefined
    if (s !== undefined) numbers.set(session, s)
    return s
  }
  return {
    async renew(session, health) {
      const s = await numberOf(session)
      if (s === undefined) return 'revoked'
      const [, , rows = []] = await link.run('renew', [
        renew(link.t, s),
        `update ${link.t.session} set health = ${quoted(pack(health))} where s = ${s} and state = ${sessionStates.lives}`,
        askAlive(link.t, s),
      ])
      return rows.length > 0 ? 'alive' : 'revoked'
    },
    async accuse(session, receipts) {
      const s = await numberOf(session)
      if (s === undefined) return
      await link.run('accuse', [
        `update ${link.t.session} set accused = ${quoted(JSON.stringify(receipts))} where s = ${s} and state = ${sessionStates.lives}`,
      ])
    },
    close: () => link.close(),
  }
}
