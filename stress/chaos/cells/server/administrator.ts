import { setTimeout as sleep } from 'node:timers/promises'
import type { Cell } from '../../cell.ts'
import type { ServerStore } from '../../stores/server-store.ts'
import { struck } from './struck.ts'

/** The server is killed and started again, while producers and workers are at it. */
export const restart: Cell<ServerStore> = struck({
  name: 'restart',
  about: 'the server is killed and started again under load, again and again',
  rounds: [5, 2],
  leaseMs: 20_000,
  breaks: true,
  shows: 'kills',
  async strike(store) {
    await store.crash()
    await sleep(500)
    await store.revive()
    return 1
  },
})

export const clients: Cell<ServerStore> = struck({
  name: 'clients',
  about: 'an administrator ends all connections under load, again and again',
  rounds: [10, 5],
  breaks: true,
  shows: 'connections ended',
  strike: (store) => store.endConnections(),
})
