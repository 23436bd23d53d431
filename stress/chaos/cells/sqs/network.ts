import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import type { SqsStore } from '../../stores/sqs.ts'

interface Fault {
  name: string
  about: string
  strike: (store: SqsStore) => Promise<void>
}

/**
 * A fault of the server or of the way to it. A reply that was lost took messages along, which come again when their visibility ends: what ran
 * twice is not excused here, and what was only handed out twice is not seen.
 */
function networkCell({ name, about, strike }: Fault): Cell<SqsStore> {
  return {
    name,
    about: `${about}: nothing lost, nothing run twice`,
    async run({ jobs, quick, open }) {
      await using store = await open({ proxied: true })
      await using arena = await Arena.open(store, 30_000)
      const input = () => ({ ms: 50 })
      await arena.enqueue(times(jobs, input))
      const workers = await arena.workTwo(Math.ceil(jobs / 20))
      await arena.untilDone(1)
      const rounds = quick ? 2 : 5
      const backMs: number[] = []
      for (let round = 0; round < rounds; round++) {
        await sleep(300)
        await strike(store)
        await arena.enqueue(times(jobs / 20, input))
        backMs.push(await arena.untilAnotherBegins())
      }
      const problems = await arena.finish(...workers)
      const judgement = await arena.judge()
      return {
        judgement,
        proof: { faults: { count: rounds, least: rounds }, 'connections made': store.proxy.accepted },
        recovery: { ms: backMs },
        problems: [
          ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`),
          ...problems,
        ],
      }
    },
  }
}

export const cut = networkCell({
  name: 'cut',
  about: 'all connections are reset under load, again and again',
  strike: async ({ proxy }) => proxy.cut(),
})

export const blackhole = networkCell({
  name: 'blackhole',
  about: 'all connections are swallowed for a second, and those stay dead',
  async strike({ proxy }) {
    proxy.blackhole()
    await sleep(1_000)
    await proxy.heal()
  },
})

export const refuse = networkCell({
  name: 'refuse',
  about: 'nobody listens for 2 s',
  async strike({ proxy }) {
    await proxy.refuse()
    proxy.cut()
    await sleep(2_000)
    await proxy.heal()
  },
})

export const slow = networkCell({
  name: 'slow',
  about: 'the network takes 250 ms each way and 200 kB/s for 4 s',
  async strike({ proxy }) {
    proxy.delay(250)
    proxy.throttle(200_000)
    await sleep(4_000)
    await proxy.heal()
  },
})

export const restart = networkCell({
  name: 'restart',
  about: 'the server is killed and started again with the messages that it kept',
  strike: ({ server }) => server.restart(),
})
