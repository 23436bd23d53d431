import { systemEnv } from '../../base/env.ts'
import { connect } from '../../connect/connect.ts'
import { answersOf } from '../../worker/answers.ts'
import { fleetOfWorker } from '../../worker/fleet.ts'
import type { Api } from '../api.ts'
import { TokenBook } from '../auth/token-book.ts'
import { Definitions } from '../definitions.ts'
import { TokenDoor } from '../http/authenticate.ts'
import { makeSite, type Site } from '../http/site.ts'
import { callerOf } from '../http/routes.ts'
import { noFleet } from '../no-fleet.ts'
import { apiOf } from '../server.ts'
import { HostDoor } from './host-door.ts'
import type { CheckedOptions } from './options.ts'
import { readAlready } from './read-already.ts'

/** Addresses are names of ours, wherever your server listens. */
const anyAddress = { host: '0.0.0.0', port: 0 }

export interface Mounted extends Pick<Site, 'app'> {
  close(): Promise<void>
}

/** Everything that a mounted dashboard needs. Throws what keeps the store from being reached. */
export async function openMounted(options: CheckedOptions): Promise<Mounted> {
  const { url, worker, jobs = [], authorize, records, base, hosts = [], behindProxy = false, onError } = options
  const client = options.client ?? (await connect(url!))
  const ledger = () => client.driver.ledger
  const tokens = new TokenBook({ env: systemEnv, configured: records, ledger })
  const fleet =
    worker === undefined
      ? noFleet
      : fleetOfWorker(
          answersOf(() => worker),
          systemEnv,
        )
  const api: Api = apiOf({ client, fleet, definitions: new Definitions(jobs) }, systemEnv, tokens)
  const door =
    authorize === undefined
      ? new TokenDoor({ env: systemEnv, tokens: () => tokens, ledger, local: false })
      : new HostDoor(authorize)
  const { app } = await makeSite({
    address: anyAddress,
    hosts: hosts.map((host) => host.toLowerCase()),
    behindProxy,
    failed: onError,
    door,
    api: () => api,
    base,
    ui: true,
    pageFolder: options.pageFolder,
    // Who logs in with a token has to see where; whom the server does not know need not.
    ...(door instanceof HostDoor && {
      pageGuard: async (request) => {
        const caller = await Promise.resolve(callerOf(request, door)).catch(() => undefined)
        return caller !== undefined
      },
    }),
  })
  app.addHook('preParsing', readAlready)
  await app.ready()
  return {
    app,
    async close() {
      await app.close()
      api.hub.close()
      // After the handlers: one of them may have begun another.
      await api.bulk.close()
      if (options.client === undefined) await client.close()
    },
  }
}
