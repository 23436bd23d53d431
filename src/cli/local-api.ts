import { hostname, userInfo } from 'node:os'
import { ApiClient } from '../api/client/client.ts'
import type { Definitions } from '../api/definitions.ts'
import { systemEnv } from '../base/env.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import type { Fleet } from '../contract/fleet.ts'

export interface LocalApi {
  api: ApiClient
  /** Ends what it has begun. */
  close(): Promise<void>
}

/** The operations of the API on a store that this process holds, as an admin: whoever sits here has its URL anyway. They check, mask and write down as over HTTP. */
export async function openLocalApi(
  world: { client: Client; fleet: Fleet; definitions: Definitions },
  { tokens: configured = [] }: Pick<Settings, 'tokens'> = {},
): Promise<LocalApi> {
  const [{ apiOf }, { TokenBook }, { localTransport }] = await Promise.all([
    import('../api/server.ts'),
    import('../api/auth/token-book.ts'),
    import('../api/local-transport.ts'),
  ])
  const tokens = new TokenBook({ env: systemEnv, configured, ledger: () => world.client.driver.ledger })
  const over = apiOf(world, systemEnv, tokens)
  return {
    api: new ApiClient(localTransport(over, { name: operator(), role: 'admin' })),
    async close() {
      over.hub.close()
      await over.bulk.close()
    },
  }
}

/** Who sits here, for the audit log: `ada@host`. */
function operator(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A container's user may have no name.
    return `${process.getuid?.() ?? 'somebody'}@${hostname()}`
  }
}
