import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '../../../proxy/proxy.ts'
import type { Cell } from '../../cell.ts'
import type { ServerStore } from '../../stores/server-store.ts'
import { struck } from './struck.ts'

interface Fault {
  name: string
  about: string
  rounds: [often: number, seldom: number]
  strike(proxy: FaultProxy, round: number): Promise<void>
}

/** A fault of the network between everybody and the server. */
function networkCell({ strike, ...fault }: Fault): Cell<ServerStore> {
  return struck({
    ...fault,
    proxied: true,
    breaks: true,
    shows: 'faults',
    async strike({ proxy }, round) {
      await strike(proxy, round)
      return 1
    },
  })
}

export const cut = networkCell({
  name: 'cut',
  about: 'all connections are reset (RST) under load, again and again',
  rounds: [10, 5],
  async strike(proxy, round) {
    // A quick server has often answered all there is: every other time, what is asked in longer than a job is still on its way.
    if (round % 2 === 0) {
      proxy.hold()
      await sleep(150)
    }
    proxy.cut()
    await proxy.heal()
  },
})

export const forget = networkCell({
  name: 'forget',
  about: 'all connections fall into a black hole (no RST) under load, again and again',
  rounds: [3, 1],
  async strike(proxy) {
    proxy.blackhole('open')
  },
})

export const outage = networkCell({
  name: 'outage',
  about: 'the whole network is a black hole for 3 s, new connections too',
  rounds: [1, 1],
  async strike(proxy) {
    proxy.blackhole()
    await sleep(3_000)
    await proxy.heal()
  },
})

export const refuse = networkCell({
  name: 'refuse',
  about: 'nobody listens for 2 s',
  rounds: [1, 1],
  async strike(proxy) {
    await proxy.refuse()
    proxy.cut()
    await sleep(2_000)
    await proxy.heal()
  },
})
